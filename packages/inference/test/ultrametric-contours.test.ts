import { readFileSync } from "node:fs";
import type { Image } from "@unet/image";
import { labelInstances, ultrametricContours } from "@unet/inference/instances";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinedAt, mergeRegions } from "../src/instances/splitting/merge-regions.js";

/** Two cells of 12 × 20 px with a membrane of 4 px between them, of which 3 rows are missed. */
function cells(): Image<Float32Array> {
  const [width, height] = [28, 20];
  const data = new Float32Array(width * height).fill(0.9);
  for (let y = 0; y < height; y++) {
    if (y < 9 || y > 11) data.fill(0.1, y * width + 12, y * width + 16);
  }
  return { width, height, channels: 1, data };
}

const count = (image: Image, threshold: number) =>
  Math.max(...labelInstances(image, { channel: 0, threshold }).data);

test("a gap that joins cells at a threshold counts by its share of the border", () => {
  const scores = cells();
  expect(count(scores, 0.5)).toBe(1);
  const contours = ultrametricContours(scores, { channel: 0 });
  expect(count(contours, 0.5)).toBe(2);
  expect(count(contours, 0.2)).toBe(1);
  const levels = new Set(contours.data);
  expect(levels.size).toBe(2);
  // 17 of the 20 rows of the border lie in the membrane
  expect(Math.min(...levels)).toBeCloseTo((3 * 0.9 + 17 * 0.1) / 20, 2);
  expect(Math.max(...levels)).toBe(1);
});

test("regions are joined at the mean scores of Higra's average linkage, to 1e-9", () => {
  const { regions, borders } = JSON.parse(
    readFileSync(new URL("reference/merge-tree.json", import.meta.url), "utf8"),
  ) as { regions: number; borders: Array<[number, number, number, number, number]> };
  const tree = mergeRegions(
    regions,
    borders.map(([a, b, mean, length]) => ({ regions: [a, b], sum: mean * length, length })),
  );
  expect(borders.length).toBe(249);
  for (const [a, b, , , level] of borders) expect(Math.abs(joinedAt(tree, a, b) - level)).toBeLessThan(1e-9);
});

const images = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height })
      .map((values): Image => ({ width, height, channels: 1, data: Uint8Array.from(values) })),
  );

test("segmentations of higher thresholds divide those of lower ones, whatever the connectivity", () => {
  fc.assert(
    fc.property(images, fc.constantFrom(4 as const, 8 as const), (image, connectivity) => {
      const contours = ultrametricContours(image, { channel: 0, smoothing: 0.5, depth: 0.01 });
      const at = (threshold: number) =>
        labelInstances(contours, { channel: 0, threshold, connectivity }).data;
      for (const [low, high] of [
        [0.2, 0.5],
        [0.5, 0.8],
      ]) {
        const [coarse, fine] = [at(low), at(high)];
        const parent = new Map<number, number>();
        for (let i = 0; i < fine.length; i++) {
          if (fine[i] === 0) continue;
          expect(coarse[i]).toBe(parent.get(fine[i]) ?? coarse[i]);
          parent.set(fine[i], coarse[i]);
        }
      }
    }),
  );
});

test("an image without a border is one region", () => {
  const flat: Image = { width: 5, height: 4, channels: 2, data: new Uint8Array(40).fill(128) };
  expect(ultrametricContours(flat).data).toEqual(new Float32Array(20).fill(1));
});

test("what is impossible is refused", () => {
  const scores = cells();
  expect(() => ultrametricContours(scores)).toThrow("ultrametricContours: channel must be 0 to 0, got 1");
  expect(() => ultrametricContours(scores, { channel: 0, depth: -1 })).toThrow(
    "ultrametricContours: depth must be 0 or more, got -1",
  );
  expect(() => ultrametricContours(scores, { channel: 0, smoothing: Number.NaN })).toThrow(
    "ultrametricContours: smoothing must be 0 or more, got NaN",
  );
  scores.data[29] = 1 + 2 ** -20;
  expect(ultrametricContours(scores, { channel: 0 }).data[29]).toBe(1);
  scores.data[29] = 1.5;
  expect(() => ultrametricContours(scores, { channel: 0 })).toThrow(
    "ultrametricContours: scores must be 0 to 1, got 1.5 at x 1, y 1",
  );
});
