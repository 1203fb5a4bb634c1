import type { LabelImage } from "@unet/image";
import { twoNearestDistances } from "@unet/loss/weight-map";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bruteForce, distancesFrom } from "./brute-force.js";

const labelImage = (rows: number[][]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.flat()),
});

/** Small label images from nearly empty to wholly covered, with `IGNORE` and adjacent labels. */
const labelImages = fc
  .record({
    width: fc.integer({ min: 1, max: 14 }),
    height: fc.integer({ min: 1, max: 14 }),
    labels: fc.integer({ min: 1, max: 6 }),
    cover: fc.double({ min: 0.01, max: 1, noNaN: true }),
  })
  .chain(({ width, height, labels, cover }) => {
    const pixel = fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -1, max: labels }))
      .map(([draw, label]) => (draw <= cover ? label : 0));
    return fc
      .array(pixel, { minLength: width * height, maxLength: width * height })
      .map((data): LabelImage => ({ width, height, data: Int32Array.from(data) }));
  });

test("equals brute force on random label images", () => {
  fc.assert(
    fc.property(labelImages, (labels) => {
      const result = twoNearestDistances(labels);
      const truth = bruteForce(labels);
      expect(result.first).toEqual(truth.first);
      expect(result.second).toEqual(truth.second);
      for (let i = 0; i < labels.data.length; i++) {
        const distances = distancesFrom(i, labels.width, labels.data);
        for (const which of ["first", "second"] as const) {
          const label = result[`${which}Label`][i];
          expect(Math.fround(distances.get(label) ?? Number.POSITIVE_INFINITY)).toBe(result[which][i]);
        }
        if (result.secondLabel[i] !== 0) expect(result.secondLabel[i]).not.toBe(result.firstLabel[i]);
      }
    }),
    { numRuns: 1000 },
  );
});

test("inside a cell the first distance is 0 and the second that to the nearest other cell", () => {
  const { first, second, firstLabel, secondLabel } = twoNearestDistances(labelImage([[7, 7, 0, 0, 9]]));
  expect([...first]).toEqual([0, 0, 1, 1, 0]);
  expect([...second]).toEqual([4, 3, 2, 2, 3]);
  expect([...firstLabel]).toEqual([7, 7, 7, 9, 9]);
  expect([...secondLabel]).toEqual([9, 9, 9, 7, 7]);
});

test("missing cells are infinitely far and have label 0; ignored pixels are no cells", () => {
  const none = twoNearestDistances(labelImage([[0, -1, 0]]));
  expect([...none.first, ...none.second]).toEqual(new Array(6).fill(Number.POSITIVE_INFINITY));
  expect([...none.firstLabel, ...none.secondLabel]).toEqual(new Array(6).fill(0));
  const one = twoNearestDistances(labelImage([[0, 3, -1]]));
  expect([...one.first]).toEqual([1, 0, 1]);
  expect([...one.second]).toEqual(new Array(3).fill(Number.POSITIVE_INFINITY));
  expect([...one.secondLabel]).toEqual([0, 0, 0]);
});

test("large images stay exact: two far corners", () => {
  const width = 3000;
  const height = 5;
  const data = new Int32Array(width * height);
  data[0] = 1;
  data[data.length - 1] = 2;
  const { second } = twoNearestDistances({ width, height, data });
  expect(second[0]).toBe(Math.fround(Math.hypot(2999, 4)));
  expect(second[1500]).toBe(Math.fround(Math.hypot(1500, 0)));
});

test("refuses data of another length than its size", () => {
  expect(() => twoNearestDistances({ width: 2, height: 2, data: new Int32Array(3) })).toThrow(
    "twoNearestDistances: label data has 3 values, but 2 × 2 makes 4",
  );
});
