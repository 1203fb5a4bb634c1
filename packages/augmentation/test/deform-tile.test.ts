import { deformTile } from "@unet/augmentation";
import { cropLabelsMirrored, cropMirrored, type Image, type LabelImage, randomAt } from "@unet/image";
import fc from "fast-check";
import { expect, test } from "vitest";

const off = { elastic: false, rotation: false, flips: false, greyValues: false } as const;

/** A sample of random grey values where label and weight of each pixel are its number, from 1. */
function numbered(width: number, height: number, channels = 1) {
  const random = randomAt(1, "grey", 0);
  const size = width * height;
  const image: Image = {
    width,
    height,
    channels,
    data: Float32Array.from({ length: size * channels }, () => random()),
  };
  const labels: LabelImage = { width, height, data: Int32Array.from({ length: size }, (_, i) => i + 1) };
  const weights: Image = { width, height, channels: 1, data: Float32Array.from(labels.data) };
  return { image, labels, weights };
}

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 20 }),
  height: fc.integer({ min: 1, max: 20 }),
  channels: fc.integer({ min: 1, max: 3 }),
  output: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
  margin: fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })),
  centre: fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })),
  index: fc.nat(1000),
});

test("with all switched off the tile is the mirrored crop, bit by bit", () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom("bilinear", "bicubic"), (size, interpolation) => {
      const { width, height, channels, output, margin, centre } = size;
      const input = [output[0] + 2 * margin[0], output[1] + 2 * margin[1]] as [number, number];
      const sample = numbered(width, height, channels);
      const options = {
        centre,
        inputSize: input,
        outputSize: output,
        seed: 1,
        interpolation,
        ...off,
      } as const;
      const tile = deformTile(sample, options);
      const around = ([h, w]: [number, number]) => ({
        y: centre[0] - Math.floor(input[0] / 2) + (input[0] - h) / 2,
        x: centre[1] - Math.floor(input[1] / 2) + (input[1] - w) / 2,
        width: w,
        height: h,
      });
      expect(tile.image).toEqual(cropMirrored(sample.image, around(input)));
      expect(tile.labels).toEqual(cropLabelsMirrored(sample.labels, around(output)));
      expect(tile.weights).toEqual(cropMirrored(sample.weights, around(output)));
    }),
  );
});
