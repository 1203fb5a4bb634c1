import type { Image, LabelImage } from "@unet/image";
import { colourLabels, drawOverlay } from "@unet/image/picture";
import { describe, expect, test } from "vitest";

const grey = (width: number, height: number, value = (_x: number, _y: number) => 100): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});
const labelsOf = (width: number, height: number, label: (x: number, y: number) => number): LabelImage => ({
  width,
  height,
  data: Int32Array.from({ length: width * height }, (_, i) => label(i % width, Math.floor(i / width))),
});
const pixel = ({ width, data }: Image<Uint8Array>, x: number, y: number) =>
  Array.from(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));
const exact = { minimumWidth: 1 };

/** Perceived lightness, 0 to 255. */
const luma = ([red, green, blue]: number[]) => 0.3 * red + 0.59 * green + 0.11 * blue;

describe("an overlay", () => {
  test.each([0, 255])("has a light line inside and a black one outside, on a background of %s", (value) => {
    const labels = labelsOf(60, 60, (x, y) => (x >= 20 && x < 40 && y >= 20 && y < 40 ? 5 : 0));
    const image = { ...grey(60, 60), data: new Uint8Array(3600).fill(value) };
    image.data[0] = 255 - value;
    const picture = drawOverlay(image, labels, exact);
    for (const [x, y] of [
      [20, 20],
      [39, 30],
      [30, 39],
    ]) {
      expect(luma(pixel(picture, x, y))).toBeGreaterThan(148);
      expect(Math.max(...pixel(picture, x, y))).toBeGreaterThan(Math.min(...pixel(picture, x, y)) + 50);
    }
    expect(pixel(picture, 19, 30)).toEqual([0, 0, 0]);
    expect(pixel(picture, 30, 40)).toEqual([0, 0, 0]);
    expect(pixel(picture, 18, 30)).toEqual([value, value, value]);
    expect(pixel(picture, 22, 22)).toEqual([value, value, value]);
  });

  test("has light lines whatever the number", () => {
    for (let label = 1; label <= 60; label++) {
      const picture = drawOverlay(
        grey(60, 3),
        labelsOf(60, 3, (x) => (x < 50 ? label : 0)),
        exact,
      );
      expect(luma(pixel(picture, 49, 1))).toBeGreaterThan(148);
    }
  });

  test("has a black and a coloured line where two objects touch", () => {
    const picture = drawOverlay(
      grey(40, 9),
      labelsOf(40, 9, (x) => (x < 20 ? 1 : 2)),
      exact,
    );
    expect(pixel(picture, 19, 1)).toEqual([0, 0, 0]);
    expect(luma(pixel(picture, 20, 1))).toBeGreaterThan(148);
  });

  test("is enlarged by a whole factor to be 512 px wide at least", () => {
    const image = grey(200, 30, (x) => x);
    const nothing = labelsOf(200, 30, () => 0);
    const picture = drawOverlay(image, nothing);
    expect(picture).toMatchObject({ width: 600, height: 90, channels: 3 });
    expect(pixel(picture, 300, 4)).toEqual(pixel(picture, 302, 6));
    expect(
      drawOverlay(
        grey(512, 2),
        labelsOf(512, 2, () => 0),
      ).width,
    ).toBe(512);
    expect(
      drawOverlay(
        grey(513, 2),
        labelsOf(513, 2, () => 0),
      ).width,
    ).toBe(513);
  });

  test("has its contrast stretched, a few odd values left out", () => {
    // 100 … 149 and a single dead pixel, in 16 bits and as floats.
    const values = Array.from({ length: 2000 }, (_, i) => (i === 7 ? 60000 : 100 + (i % 50)));
    for (const data of [Uint16Array.from(values), Float32Array.from(values)]) {
      const image = { width: 50, height: 40, channels: 1, data };
      const picture = drawOverlay(
        image,
        labelsOf(50, 40, () => 0),
        exact,
      );
      expect(pixel(picture, 0, 3)).toEqual([0, 0, 0]);
      expect(pixel(picture, 49, 3)).toEqual([255, 255, 255]);
      expect(pixel(picture, 25, 3)[0]).toBeCloseTo((25 / 49) * 255, -1);
    }
    // A bright spot on an even background is seen.
    const spot = { ...grey(50, 40), data: Uint8Array.from({ length: 2000 }, (_, i) => (i === 5 ? 9 : 8)) };
    expect(
      pixel(
        drawOverlay(
          spot,
          labelsOf(50, 40, () => 0),
          exact,
        ),
        5,
        0,
      ),
    ).toEqual([255, 255, 255]);
  });

  test("says each object's number in the object, and whole at the image's edge", () => {
    const labels = labelsOf(90, 40, (x, y) => {
      if (x >= 20 && x < 60 && y >= 5 && y < 35) return 147;
      return x >= 85 && y < 3 ? 2 : 0;
    });
    const picture = drawOverlay(grey(90, 40), labels, exact);
    const ink = (left: number, top: number, width: number, height: number) =>
      Array.from({ length: height }, (_, y) =>
        Array.from({ length: width }, (_, x) =>
          luma(pixel(picture, left + x, top + y)) === 255 ? "#" : ".",
        ).join(""),
      );
    expect(ink(32, 16, 17, 7)).toEqual([
      "..#......#..#####",
      ".##.....##......#",
      "..#....#.#.....#.",
      "..#...#..#....#..",
      "..#...#####..#...",
      "..#......#...#...",
      ".###.....#...#...",
    ]);
    // The small font, since the object is no wider.
    expect(ink(86, 1, 3, 5)).toEqual(["###", "..#", "###", "#..", "###"]);
  });

  test("tells classes apart by the colours of colourLabels, and has no numbers", () => {
    const labels = labelsOf(100, 20, (x) => Math.floor(x / 20));
    const picture = drawOverlay(
      grey(100, 20, (x) => x),
      labels,
      { ...exact, kind: "classes" },
    );
    const colours = colourLabels(labels);
    const seen = [1, 2, 3, 4].map((label) => {
      const x = 20 * label + 10;
      const base = Math.floor((x * 255) / 99);
      const colour = pixel(colours, x, 10);
      for (const [c, value] of pixel(picture, x, 10).entries()) {
        expect(Math.abs(value - (base + (colour[c] - base) / 5))).toBeLessThan(2);
      }
      return colour.join();
    });
    expect(new Set(seen).size).toBe(4);
    expect(
      Array.from({ length: 60 }, (_, i) => luma(pixel(picture, 22 + (i % 16), 5 + (i % 10)))),
    ).not.toContain(255);
  });

  test("shows colours as they are, and of other channels the first", () => {
    const colour: Image = {
      width: 3,
      height: 1,
      channels: 3,
      data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255),
    };
    const none = labelsOf(3, 1, () => 0);
    expect(Array.from(drawOverlay(colour, none, exact).data)).toEqual(Array.from(colour.data));
    const two: Image = { width: 3, height: 1, channels: 2, data: Uint8Array.of(0, 9, 51, 9, 255, 0) };
    expect(Array.from(drawOverlay(two, none, exact).data)).toEqual([0, 0, 0, 51, 51, 51, 255, 255, 255]);
  });

  test("refuses labels of another size", () => {
    expect(() =>
      drawOverlay(
        grey(3, 3),
        labelsOf(2, 3, () => 0),
      ),
    ).toThrow("the image is 3 × 3 and the labels 2 × 3");
  });
});
