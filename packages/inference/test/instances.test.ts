import type { Image } from "@unet/image";
import { argMax, labelInstances, measureInstances } from "@unet/inference/instances";
import { describe, expect, test } from "vitest";

/** Scores of one channel from rows of digits, tenths: `"09"` is 0 and 0.9. */
function scores(...rows: string[]): Image<Float32Array> {
  const data = Float32Array.from(rows.join(""), (digit) => Number(digit) / 10);
  return { width: rows[0].length, height: rows.length, channels: 1, data };
}

const rows = (labels: { width: number; data: Int32Array }) =>
  Array.from({ length: labels.data.length / labels.width }, (_, y) =>
    Array.from(labels.data.subarray(y * labels.width, (y + 1) * labels.width)).join(""),
  );

const picture = scores("9900500", "0099000", "0000055");

test("objects are connected pixels from the threshold on, in raster order", () => {
  expect(rows(labelInstances(picture, { channel: 0 }))).toEqual(["1100200", "0033000", "0000044"]);
  expect(rows(labelInstances(picture, { channel: 0, connectivity: 8 }))).toEqual([
    "1100100",
    "0011000",
    "0000022",
  ]);
  expect(rows(labelInstances(picture, { channel: 0, threshold: 0.6 }))).toEqual([
    "1100000",
    "0022000",
    "0000000",
  ]);
  expect(rows(labelInstances(picture, { channel: 0, minimumSize: 2 }))).toEqual([
    "1100000",
    "0022000",
    "0000033",
  ]);
});

test("holes are background that does not reach the border", () => {
  const ring = scores("09990", "09090", "09990", "00000");
  expect(rows(labelInstances(ring, { channel: 0 }))).toEqual(["01110", "01010", "01110", "00000"]);
  expect(rows(labelInstances(ring, { channel: 0, fillHoles: true }))).toEqual([
    "01110",
    "01110",
    "01110",
    "00000",
  ]);
  // An opening at a corner belongs to 8-connected background, so with 4-connected objects it is no hole.
  const open = scores("0999", "9090", "9990");
  expect(rows(labelInstances(open, { channel: 0, fillHoles: true }))[1]).toBe("1010");
});

describe("watershed", () => {
  /** Two discs of radius 8 whose centres lie `apart` px apart. */
  function discs(apart: number): Image<Float32Array> {
    const [width, height] = [24 + apart, 24];
    const data = new Float32Array(width * height);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const near = Math.min(Math.hypot(x - 11.5, y - 11.5), Math.hypot(x - 11.5 - apart, y - 11.5));
      data[i] = near <= 8 ? 1 : 0;
    }
    return { width, height, channels: 1, data };
  }
  const count = (image: Image, watershed: boolean) =>
    Math.max(...labelInstances(image, { channel: 0, watershed }).data);

  test("splits discs that overlap, and leaves one disc whole", () => {
    expect([count(discs(13), false), count(discs(13), true)]).toEqual([1, 2]);
    expect(count(discs(0), true)).toBe(1);
    expect(count(discs(3), true)).toBe(1);
  });

  test("cuts at the neck, symmetrically, and loses no pixel", () => {
    const image = discs(13);
    const { width, data } = labelInstances(image, { channel: 0, watershed: true });
    const areas = measureInstances({ width, height: 24, data }).map(({ area }) => area);
    expect(areas[0] + areas[1]).toBe(image.data.reduce((sum, value) => sum + value, 0));
    expect(Math.abs(areas[0] - areas[1])).toBeLessThanOrEqual(0.1 * areas[0]);
    expect([data[12 * width + 11], data[12 * width + 24]]).toEqual([1, 2]);
  });

  test("leaves an image whole that is all object, infinitely far from any background", () => {
    const full = scores("99999", "99999", "99999", "99999", "99999");
    for (const on of ["distance", "scores"] as const) {
      expect(rows(labelInstances(full, { channel: 0, watershed: { on } }))).toEqual(
        new Array(5).fill("11111"),
      );
    }
    const infinite = { ...full, data: full.data.map(() => Number.POSITIVE_INFINITY) };
    expect(count(infinite, true)).toBe(1);
    expect(rows(labelInstances(infinite, { channel: 0, watershed: { on: "scores" } }))[4]).toBe("11111");
  });

  test("on scores: peaks stay apart where each rises enough above the saddle", () => {
    const ridge = scores("0687960");
    expect(rows(labelInstances(ridge, { channel: 0, watershed: { on: "scores" } }))).toEqual(["0112220"]);
    expect(rows(labelInstances(ridge, { channel: 0, watershed: { on: "scores", depth: 0.3 } }))).toEqual([
      "0111110",
    ]);
  });
});

test("measures of each object", () => {
  const labels = labelInstances(picture, { channel: 0 });
  const measures = measureInstances(labels, picture);
  expect(measures).toHaveLength(4);
  expect(measures[0]).toMatchObject({
    label: 1,
    area: 2,
    boundingBox: { x: 0, y: 0, width: 2, height: 1 },
    centroid: { x: 0.5, y: 0 },
  });
  expect(measures[2].centroid).toEqual({ x: 2.5, y: 1 });
  expect(measures.map(({ meanScore }) => Number(meanScore!.toFixed(4)))).toEqual([0.9, 0.5, 0.9, 0.5]);
});

test("argMax takes the likeliest class, the first of equals", () => {
  const image = { width: 2, height: 1, channels: 3, data: Float32Array.of(0.2, 0.5, 0.3, 0.4, 0.4, 0.2) };
  expect(Array.from(argMax(image).data)).toEqual([1, 0]);
});

test("refuses a channel that is not there", () => {
  expect(() => labelInstances(picture)).toThrow("labelInstances: channel must be 0 to 0, got 1");
});
