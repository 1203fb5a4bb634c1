import {
  cropMirrored,
  IGNORE,
  type Image,
  type ImageData,
  randomAt,
  resize,
  resizeLabels,
  resizeNeeds,
  resizePart,
  scaledSize,
} from "@unet/image";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const image = <Data extends ImageData>(width: number, data: Data, channels = 1): Image<Data> => ({
  width,
  height: data.length / width / channels,
  channels,
  data,
});

describe("resize", () => {
  test("at half the size a pixel is the mean of 2 × 2, each channel by itself", () => {
    const half = resize(image(4, Uint8Array.of(1, 2, 3, 5, 4, 6, 7, 250)), { width: 2, height: 1 });
    expect(half).toEqual({ width: 2, height: 1, channels: 1, data: Float32Array.of(3.25, 66.25) });
    const colours = image(2, Uint16Array.of(1, 10, 2, 20, 3, 30, 65535, 40), 2);
    expect(resize(colours, { width: 1, height: 1 }).data).toEqual(Float32Array.of(16385.25, 25));
  });

  test("at two fifths pixels count by how much of them is covered", () => {
    // 0 … 2.5 and 2.5 … 5
    const { data } = resize(image(5, Float32Array.of(10, 20, 30, 40, 50)), { width: 2, height: 1 });
    expect(data).toEqual(Float32Array.of((10 + 20 + 15) / 2.5, (15 + 40 + 50) / 2.5));
  });

  test("twice as large it is interpolated, and repeats beyond the outermost centres", () => {
    const { data } = resize(image(3, Float32Array.of(0, 4, 12)), { width: 6, height: 1 });
    expect(data).toEqual(Float32Array.of(0, 1, 3, 6, 10, 12));
    const square = resize(image(2, Uint8Array.of(0, 4, 8, 12)), { width: 4, height: 4 });
    expect(Array.from(square.data)).toEqual([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12]);
  });

  test("one axis may shrink while the other grows; its own size changes nothing", () => {
    const { data } = resize(image(2, Uint8Array.of(2, 4, 6, 8)), { width: 1, height: 4 });
    expect(data).toEqual(Float32Array.of(3, 4, 6, 7));
    const same = resize(image(2, Uint8Array.of(2, 4, 6, 8)), { width: 2, height: 2 });
    expect(same.data).toEqual(Float32Array.of(2, 4, 6, 8));
  });

  test("a constant image stays it, exactly", () => {
    const flat = image(7, new Float32Array(7 * 5).fill(0.1));
    for (const scale of [0.2, 0.37, 0.9, 1.1, 3.7]) {
      const { data } = resize(flat, scaledSize(flat, scale));
      expect(new Set(data)).toEqual(new Set([Math.fround(0.1)]));
    }
  });

  test("a part of it, from the pixels that it needs, equals the whole to the bit", () => {
    const side = fc.integer({ min: 1, max: 40 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.tuple(side, side, side, side),
        fc.tuple(share, share, share, share),
        fc.constantFrom(1, 3),
        fc.constantFrom(Uint8Array, Uint16Array, Float32Array),
        ([w, h, width, height], [left, top, right, bottom], channels, Kind) => {
          const random = randomAt(1, "resize", w + 100 * h);
          const data = new Kind(w * h * channels).map(() => 255 * random());
          const given = { width: w, height: h, channels, data };
          const size = { width, height };
          const x = Math.floor(left * (width - 1));
          const y = Math.floor(top * (height - 1));
          const rect = {
            x,
            y,
            width: 1 + Math.floor(right * (width - 1 - x)),
            height: 1 + Math.floor(bottom * (height - 1 - y)),
          };
          const needed = resizeNeeds(rect, given, size);
          expect(needed.x >= 0 && needed.x + needed.width <= w).toBe(true);
          expect(needed.y >= 0 && needed.y + needed.height <= h).toBe(true);
          const part = resizePart(cropMirrored(given, needed), rect, given, size);
          expect(part).toEqual(cropMirrored(resize(given, size), rect));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("refuses sizes that aren't, and parts of another size", () => {
    const given = image(2, Uint8Array.of(2, 4, 6, 8));
    expect(() => resize(given, { width: 0, height: 2.5 })).toThrow(
      "resize: width and height must be whole numbers of at least 1, got 0 × 2.5",
    );
    const rect = { x: 0, y: 0, width: 1, height: 1 };
    expect(() => resizePart(given, rect, { width: 4, height: 4 }, { width: 1, height: 4 })).toThrow(
      "resizePart: the part must be of 4 × 1 px, as resizeNeeds says, got 2 × 2",
    );
  });
});

test("a scaled size is rounded, and never nothing", () => {
  expect(scaledSize({ width: 512, height: 33 }, 0.5)).toEqual({ width: 256, height: 17 });
  expect(scaledSize({ width: 3, height: 100 }, 0.01)).toEqual({ width: 1, height: 1 });
});

describe("resizeLabels", () => {
  const labels = (width: number, ...values: number[]) => ({
    width,
    height: values.length / width,
    data: Int32Array.from(values),
  });

  test("of 2 × 2 the most frequent, of equals the largest; what nobody annotated counts too", () => {
    const { data } = resizeLabels(labels(6, 7, 7, 1, 2, IGNORE, 0, 9, 3, 1, 2, IGNORE, IGNORE), {
      width: 3,
      height: 1,
    });
    expect(Array.from(data)).toEqual([7, 2, IGNORE]);
    expect(Array.from(resizeLabels(labels(2, IGNORE, 0), { width: 1, height: 1 }).data)).toEqual([0]);
  });

  test("labels count by the area that is theirs", () => {
    // 0 … 2.5 holds half of the 3; 2.5 … 5 the other half, and 4 twice
    expect(Array.from(resizeLabels(labels(5, 1, 1, 3, 4, 4), { width: 2, height: 1 }).data)).toEqual([1, 4]);
    // 0 … 1⅔ holds a whole 5 and two thirds of a 6
    expect(Array.from(resizeLabels(labels(5, 5, 6, 6, 0, 8), { width: 3, height: 1 }).data)).toEqual([
      5, 6, 8,
    ]);
  });

  test("larger they are repeated, to the nearest where that isn't whole", () => {
    const { data } = resizeLabels(labels(2, 1, 2, 3, 4), { width: 4, height: 2 });
    expect(Array.from(data)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(Array.from(resizeLabels(labels(2, 5, 1), { width: 3, height: 1 }).data)).toEqual([5, 5, 1]);
  });

  test("refuses sizes that aren't", () => {
    expect(() => resizeLabels(labels(1, 1), { width: -1, height: 1 })).toThrow(
      "resizeLabels: width and height must be whole numbers of at least 1, got -1 × 1",
    );
  });
});
