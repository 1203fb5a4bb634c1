import { IGNORE, type LabelImage } from "@unet/image";
import { separateTouching } from "@unet/loss/weight-map";
import fc from "fast-check";
import { expect, test } from "vitest";

const labelImage = (...rows: number[][]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.flat()),
});

test("the larger instance gives way; a ridge one pixel wide", () => {
  const labels = labelImage([1, 1, 1, 2, 2, 0, 3], [1, 1, 1, 2, 2, 0, 3]);
  expect(separateTouching(labels)).toEqual(labelImage([1, 1, 0, 2, 2, 0, 3], [1, 1, 0, 2, 2, 0, 3]));
});

test("of two equally large instances the one of the higher number gives way", () => {
  expect(separateTouching(labelImage([1, 1, 2, 2]))).toEqual(labelImage([1, 1, 0, 2]));
  expect(separateTouching(labelImage([2, 2, 1, 1]))).toEqual(labelImage([2, 0, 1, 1]));
});

test("a lone pixel stays beside a larger instance, and of two lone pixels one goes", () => {
  expect(separateTouching(labelImage([5, 9, 9]))).toEqual(labelImage([5, 0, 9]));
  expect(separateTouching(labelImage([5, 9]))).toEqual(labelImage([5, 0]));
});

test("corners touch with connectivity 8 only", () => {
  const labels = labelImage([1, 0, 0], [0, 2, 2]);
  expect(separateTouching(labels)).toEqual(labels);
  expect(separateTouching(labels, { connectivity: 8 })).toEqual(labelImage([1, 0, 0], [0, 0, 2]));
  const other = labelImage([0, 0, 1], [2, 2, 0]);
  expect(separateTouching(other, { connectivity: 8 })).toEqual(labelImage([0, 0, 1], [2, 0, 0]));
});

test("ignored pixels stay and touch nothing", () => {
  const labels = labelImage([1, IGNORE, 2]);
  expect(separateTouching(labels)).toEqual(labels);
});

test("afterwards no instances touch, nothing is relabelled, and mirroring the image mirrors the result", () => {
  const cases = fc.record({
    width: fc.integer({ min: 1, max: 8 }),
    pixels: fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 64, maxLength: 64 }),
    connectivity: fc.constantFrom(4 as const, 8 as const),
  });
  fc.assert(
    fc.property(cases, ({ width, pixels, connectivity }) => {
      const labels = { width, height: 8, data: Int32Array.from(pixels.slice(0, 8 * width)) };
      const before = labels.data.slice();
      const { data } = separateTouching(labels, { connectivity });
      expect(labels.data).toEqual(before);
      const at = (x: number, y: number) => (x >= 0 && x < width && y < 8 ? data[y * width + x] : 0);
      const steps = connectivity === 4 ? [[1, 0], [0, 1]] : [[1, 0], [0, 1], [1, 1], [-1, 1]]; // biome-ignore format: a table
      for (let i = 0; i < data.length; i++) {
        const [x, y] = [i % width, Math.floor(i / width)];
        if (data[i] !== 0) expect(data[i]).toBe(before[i]);
        if (before[i] === IGNORE) expect(data[i]).toBe(IGNORE);
        for (const [dx, dy] of steps) {
          const other = at(x + dx, y + dy);
          if (data[i] > 0 && other > 0) expect(other).toBe(data[i]);
        }
      }
      const turned = separateTouching({ ...labels, data: before.slice().reverse() }, { connectivity });
      expect(turned.data.reverse()).toEqual(data);
    }),
    { numRuns: 300 },
  );
});

test("refuses another connectivity", () => {
  expect(() => separateTouching(labelImage([1]), { connectivity: 6 as 8 })).toThrow(
    "separateTouching: connectivity must be 4 or 8, got 6",
  );
});
