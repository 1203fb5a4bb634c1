import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, tileGeometry } from "@unet/model";
import { expect, test } from "vitest";

const upsamplings = ["transpose", "nearest", "bilinear"] as const;
const padding = "same";

/** Which of `line`'s pixels a padded network's outputs see: true spreads as values do, in one dimension. */
function spread(line: boolean[], depth: number, upsampling: (typeof upsamplings)[number]): boolean[] {
  const convolve = (row: boolean[]) => row.map((seen, i) => seen || row[i - 1] || row[i + 1] || false);
  const skips: boolean[][] = [];
  for (let level = 0; level < depth; level++) {
    line = convolve(convolve(line));
    skips.push(line);
    line = Array.from({ length: line.length / 2 }, (_, i) => skips[level][2 * i] || skips[level][2 * i + 1]);
  }
  line = convolve(convolve(line));
  for (const skip of skips.reverse()) {
    const small = line;
    line = skip.map((seen, i) => {
      const next = upsampling === "bilinear" && i % 2 === 1 && small[(i + 1) / 2];
      return seen || small[i >> 1] || next || false;
    });
    line = convolve(convolve(line));
  }
  return line;
}

test("the margin of padded networks is their reach, rounded up to whole blocks, for each depth", () => {
  for (const upsampling of upsamplings) {
    for (const depth of [1, 2, 3, 4, 5, 6]) {
      const { margin, multiple } = tileGeometry({ depth, upsampling, padding });
      const first = margin + multiple;
      const size = 2 * first + multiple;
      let reach = 0;
      for (let pixel = 0; pixel < size; pixel++) {
        const line = Array.from({ length: size }, (_, i) => i === pixel);
        const seen = spread(line, depth, upsampling)
          .slice(first, first + multiple)
          .includes(true);
        if (seen) reach = Math.max(reach, first - pixel, pixel - (first + multiple - 1));
      }
      expect(Math.ceil(reach / multiple) * multiple, `${upsampling}, depth ${depth}`).toBe(margin);
    }
  }
});

/** Positive weights: no ReLU stops a pixel that grows, so that everything in reach shows. */
function makePositive(model: ReturnType<typeof createUNet>) {
  for (const layer of model.layers) {
    tf.tidy(() => layer.setWeights(layer.getWeights().map((weight) => tf.abs(weight))));
  }
}

test.each(upsamplings.flatMap((upsampling) => [1, 2, 3].map((depth) => [upsampling, depth] as const)))(
  "pixels further than the margin change nothing, those within it do: %s, depth %d",
  (upsampling, depth) => {
    const { margin, multiple } = tileGeometry({ depth, upsampling, padding });
    const model = createUNet({ depth, upsampling, padding, filters: 2, classes: 1, seed: 2 });
    makePositive(model);
    const first = margin + multiple;
    const size = 2 * first + multiple;
    const image = tf.randomUniform([1, size, size, 1], 0, 1, "float32", 3);
    /** The middle block of the output when all pixels further from it than `distance` are brighter by 10. */
    const block = (distance: number) =>
      tf.tidy(() => {
        const inside = tf.ones([1, multiple + 2 * distance, multiple + 2 * distance, 1]);
        const around = first - distance;
        const kept = tf.pad(inside, [
          [0, 0],
          [around, around],
          [around, around],
          [0, 0],
        ]);
        const changed = tf.add(image, tf.mul(10, tf.sub(1, kept)));
        const output = model.predict(changed) as tf.Tensor;
        return tf.slice(output, [0, first, first, 0], [1, multiple, multiple, 1]).dataSync();
      });
    const untouched = block(first);
    expect(block(margin)).toEqual(untouched);
    expect(block(margin - multiple)).not.toEqual(untouched);
    model.dispose();
    image.dispose();
  },
);
