import fc from "fast-check";
import { expect, test } from "vitest";
import { rimMap } from "../src/weight-map.js";

const drawn = (...lines: string[]) => ({
  width: lines[0].length,
  height: lines.length,
  data: Int32Array.from(lines.join(""), (pixel) => (pixel === "-" ? -1 : Number(pixel))),
});

test("pixels beside background or another instance are rim; the border and what is ignored make none", () => {
  const cells = drawn("1111222", "1111222", "1111222", "3330000", "333---0");
  expect(rimMap(cells, { width: 1 })).toEqual(drawn("1112211", "1112211", "2222222", "2220000", "111---0"));
});

test("several widths are nested, the narrowest last", () => {
  const cell = drawn("0000000", "0111111", "0111111", "0111111", "0111111");
  const nested = drawn("0000000", "0444444", "0433333", "0432222", "0432222");
  expect(rimMap(cell, { width: [3, 1, 2] }).data.slice(0, 28)).toEqual(nested.data.slice(0, 28));
  expect(rimMap(cell, { width: [2] })).toEqual(rimMap(cell, { width: 2 }));
  expect(() => rimMap(cell, { width: [] })).toThrow(
    "rimMap: width must be a number of px from 1, or several",
  );
});

const scenes = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.integer({ min: -1, max: 3 }), { minLength: width * height, maxLength: width * height })
      .map((data) => ({ width, height, data: Int32Array.from(data) })),
  );

test("a rim is what lies at most its width from another label, by the definition", () => {
  fc.assert(
    fc.property(scenes, fc.double({ min: 1, max: 5, noNaN: true }), (cells, reach) => {
      const at = (i: number) => [i % cells.width, Math.floor(i / cells.width)];
      const isNear = (i: number, j: number) =>
        (at(i)[0] - at(j)[0]) ** 2 + (at(i)[1] - at(j)[1]) ** 2 <= reach ** 2;
      const expected = cells.data.map((label, i) => {
        if (label <= 0) return label;
        return cells.data.some((other, j) => other >= 0 && other !== label && isNear(i, j)) ? 2 : 1;
      });
      expect(rimMap(cells, { width: reach })).toEqual({ ...cells, data: expected });
    }),
  );
});

test("what is no width is refused", () => {
  const cells = drawn("10");
  expect(() => rimMap(cells, { width: 0.5 })).toThrow(
    "rimMap: width must be a number of px from 1, or several, got 0.5",
  );
  expect(() => rimMap(cells, { width: Number.NaN })).toThrow("got NaN");
  expect(() => rimMap(cells, { width: Number.POSITIVE_INFINITY })).toThrow("got Infinity");
});
