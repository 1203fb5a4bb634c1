import { existsSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { cropMirrored, type Image, normalise, readImage } from "@unet/image";
import { predictTiled } from "@unet/inference";
import { createUNet, tileGeometry } from "@unet/model";
import { beforeAll, describe, expect, test } from "vitest";

const data = process.env.UNET_DATA ?? join(import.meta.dirname, "../../../../shared/data");
const volume = join(data, "isbi2012", "train-volume.tif");
const reason = existsSync(volume) ? "" : " (needs UNET_DATA)";

/** 20 odd sizes, of different width and height. */
const sizes = Array.from({ length: 20 }, (_, i) => [121 + 14 * i, 387 - 12 * i]);

describe.each(["valid", "same"] as const)("a network of the demo's size, %s", (padding) => {
  const config = { depth: 3, filters: 8, padding, seed: 3 } as const;
  let slice: Image;
  beforeAll(async () => {
    await useBackend({ prefer: ["wasm"] });
    if (!reason) slice = normalise(await readImage(volume, { page: 7 }), "z-score");
  });

  test.skipIf(reason !== "")(
    `tiled equals one pass over the mirrored whole, on slices of 20 odd sizes with 3 tile sizes${reason}`,
    async () => {
      const model = createUNet(config);
      const { margin, inputSize } = tileGeometry(config);
      const context = padding === "valid" ? 0 : 2 * margin;
      let worst = 0;
      let largest = 0;
      for (const [i, [width, height]] of sizes.entries()) {
        const image = cropMirrored(slice, { x: 5 * i, y: 3 * i, width, height });
        const whole = onePass(image, margin, inputSize(width + context), inputSize(height + context));
        for (const output of [40, 104, 184]) {
          const tileSize = inputSize(output + context);
          const tiled = await predictTiled(image, model, {
            tileSize,
            activation: "none",
            normalisation: "none",
          });
          for (let k = 0; k < whole.length; k++) {
            worst = Math.max(worst, Math.abs(tiled.data[k] - whole[k]));
            largest = Math.max(largest, Math.abs(whole[k]));
          }
        }
      }
      model.dispose();
      expect(largest).toBeGreaterThan(0.1);
      expect(worst).toBeLessThan(1e-4);

      /** Logits of the image mirrored by the margin, and further at the right and the bottom to a valid size. */
      function onePass(image: Image, margin: number, width: number, height: number): Float32Array {
        const mirrored = cropMirrored(image, { x: -margin, y: -margin, width, height });
        return tf.tidy(() => {
          const input = tf.tensor4d(mirrored.data as Float32Array, [1, height, width, 1]);
          const skip = context / 2;
          const logits = model.predict(input) as tf.Tensor4D;
          return tf.slice(logits, [0, skip, skip, 0], [1, image.height, image.width, 2]).dataSync();
        }) as Float32Array;
      }
    },
    600_000,
  );
});
