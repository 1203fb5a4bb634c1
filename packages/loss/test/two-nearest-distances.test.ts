import type { LabelImage } from "@unet/image";
import { type TwoNearest, twoNearestDistances } from "@unet/loss/weight-map";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bruteForce, distancesFrom } from "./brute-force.js";

const labelImage = (rows: number[][]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.flat()),
});

/** Label images from nearly empty to wholly covered, with `IGNORE` and adjacent labels. */
const labelImages = (most: { width: number; height: number }) =>
  fc
    .record({
      width: fc.integer({ min: 1, max: most.width }),
      height: fc.integer({ min: 1, max: most.height }),
      labels: fc.integer({ min: 1, max: 6 }),
      cover: fc.oneof(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.constant(0.01)),
    })
    .chain(({ width, height, labels, cover }) => {
      const pixel = fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -1, max: labels }))
        .map(([draw, label]) => (draw <= cover ? label : 0));
      return fc
        .array(pixel, { minLength: width * height, maxLength: width * height })
        .map((data): LabelImage => ({ width, height, data: Int32Array.from(data) }));
    });

// short spans of pixels are searched, long ones take the convex hull
test.each([
  ["small", { width: 14, height: 14 }, 700],
  ["wide", { width: 120, height: 8 }, 300],
  ["high", { width: 8, height: 120 }, 100],
])("equals brute force on random label images: %s", (_, most, numRuns) => {
  fc.assert(
    fc.property(labelImages(most), (labels) => {
      const result = twoNearestDistances(labels);
      const truth = bruteForce(labels);
      expect(result.first).toEqual(truth.first);
      expect(result.second).toEqual(truth.second);
      expectOwnDistances(labels, result);
    }),
    { numRuns },
  );
});

test("equals brute force with pixels that aren't square", () => {
  const side = fc.constantFrom(0.1, 0.65, 1, 2, 7.5);
  fc.assert(
    fc.property(labelImages({ width: 60, height: 12 }), side, side, (labels, y, x) => {
      const result = twoNearestDistances(labels, { spacing: [y, x] });
      const truth = bruteForce(labels, { spacing: [y, x] });
      for (const which of ["first", "second"] as const) {
        result[which].forEach((distance, i) => {
          if (distance !== truth[which][i]) expect(distance / truth[which][i]).toBeCloseTo(1, 6);
        });
      }
    }),
    { numRuns: 300 },
  );
});

test("cells beyond maxDistance count as missing", () => {
  const most = fc.constantFrom(0.5, 1, 1.5, 3, 5, 10.2);
  fc.assert(
    fc.property(labelImages({ width: 60, height: 12 }), most, (labels, maxDistance) => {
      const result = twoNearestDistances(labels, { maxDistance });
      const truth = bruteForce(labels, { maxDistance });
      expect(result.first).toEqual(truth.first);
      expect(result.second).toEqual(truth.second);
      expectOwnDistances(labels, result);
    }),
    { numRuns: 300 },
  );
});

/** Each distance is that of the label beside it, and the two labels differ. */
function expectOwnDistances({ width, data }: LabelImage, result: TwoNearest): void {
  for (let i = 0; i < data.length; i++) {
    const distances = distancesFrom(i, width, data);
    for (const which of ["first", "second"] as const) {
      const label = result[`${which}Label`][i];
      const distance = label === 0 ? Number.POSITIVE_INFINITY : distances.get(label);
      if (Math.fround(distance ?? Number.NaN) !== result[which][i]) {
        expect.fail(`pixel ${i}: ${which} is ${result[which][i]}, but cell ${label} is ${distance} away`);
      }
    }
    if (result.secondLabel[i] !== 0) expect(result.secondLabel[i]).not.toBe(result.firstLabel[i]);
  }
}

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

test("refuses a spacing or a maximal distance that is none", () => {
  const labels = labelImage([[1, 0]]);
  expect(() => twoNearestDistances(labels, { spacing: [1, 0] })).toThrow(
    "twoNearestDistances: spacing must be two positive numbers, [y, x], got [1, 0]",
  );
  expect(() => twoNearestDistances(labels, { maxDistance: Number.NaN })).toThrow(
    "twoNearestDistances: maxDistance must be a positive number, got NaN",
  );
});
