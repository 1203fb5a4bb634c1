import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { cropMirrored, type Image, randomAt } from "@unet/image";
import { modelGeometry, predictTiled } from "@unet/inference";
import { afterAll, describe, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

const models = {
  valid: smallUNet({ padding: "valid", depth: 2 }),
  same: smallUNet({ padding: "same", depth: 2 }),
};
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

function noise(width: number, height: number, seed = 1): Image<Float32Array> {
  const random = randomAt(seed, "noise", 0);
  return {
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: width * height }, () => random() * 2 - 1),
  };
}

/** One pass over the image mirrored by the margin, further at the right and bottom to the next valid size. */
function onePass(image: Image<Float32Array>, kind: "valid" | "same"): Float32Array {
  const model = models[kind];
  const { margin, inputSize, outputSize } = modelGeometry(model);
  const sides = [image.width, image.height].map((size) =>
    inputSize(kind === "valid" ? size : size + 2 * margin),
  );
  const whole = cropMirrored(image, { x: -margin, y: -margin, width: sides[0], height: sides[1] });
  const scores = tf.tidy(() => {
    const input = tf.tensor4d(whole.data, [1, sides[1], sides[0], 1]);
    const output = model.predict(input) as tf.Tensor4D;
    const skip = kind === "valid" ? 0 : margin;
    expect(output.shape[2]).toBe(outputSize(sides[0]));
    return tf.slice(output, [0, skip, skip, 0], [1, image.height, image.width, 2]).dataSync() as Float32Array;
  });
  return scores;
}

describe.each(["valid", "same"] as const)("%s convolutions", (kind) => {
  test.each([
    [1, 1, undefined],
    [3, 5, undefined],
    [37, 53, 64],
    [61, 29, 84],
    [101, 47, 72],
    [64, 64, 76],
  ])(
    "stitched logits of %i × %i equal one pass over the mirrored whole (tile %s)",
    async (width, height, tile) => {
      const image = noise(width, height);
      const { inputSize } = modelGeometry(models[kind]);
      const tileSize = tile && inputSize(kind === "valid" ? tile - 44 : tile);
      const options = { tileSize, activation: "none", normalisation: "none" } as const;
      const stitched = await predictTiled(image, models[kind], options);
      const expected = onePass(image, kind);
      let worst = 0;
      for (let i = 0; i < expected.length; i++)
        worst = Math.max(worst, Math.abs(stitched.data[i] - expected[i]));
      expect(stitched).toMatchObject({ width, height, channels: 2 });
      expect(worst).toBeLessThan(1e-4);
    },
  );
});
