import {
  applyScales,
  channelScales,
  connectedComponents,
  cropLabelsMirrored,
  cropMirrored,
  type Image,
  mirrorIndex,
  normalise,
} from "@unet/image";
import { colourLabels, drawOutlines, heatMap, montage, toGrey } from "@unet/image/picture";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const grey = (width: number, height: number, values: number[]): Image<Float32Array> => ({
  width,
  height,
  channels: 1,
  data: Float32Array.from(values),
});
const labels = (width: number, height: number, values: number[]) => ({
  width,
  height,
  data: Int32Array.from(values),
});

describe("mirror", () => {
  test("reflects without repeating the edge, with period 2(n − 1)", () => {
    const shown = Array.from({ length: 13 }, (_, i) => mirrorIndex(i - 5, 4));
    expect(shown).toEqual([1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
    expect([-7, 0, 9].map((index) => mirrorIndex(index, 1))).toEqual([0, 0, 0]);
  });

  test("a crop beyond the image shows mirrored pixels, of any margin and number type", () => {
    const image = {
      width: 3,
      height: 2,
      channels: 2,
      data: Uint16Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    };
    const crop = cropMirrored(image, { x: -1, y: -1, width: 5, height: 3 });
    expect(crop.data).toBeInstanceOf(Uint16Array);
    expect(Array.from(crop.data)).toEqual([
      ...[9, 10, 7, 8, 9, 10, 11, 12, 9, 10],
      ...[3, 4, 1, 2, 3, 4, 5, 6, 3, 4],
      ...[9, 10, 7, 8, 9, 10, 11, 12, 9, 10],
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: -40, max: 40 }),
        (width, height, x, y) => {
          const whole = labels(
            width,
            height,
            Array.from({ length: width * height }, (_, i) => i),
          );
          const part = cropLabelsMirrored(whole, { x, y, width: 9, height: 7 });
          for (let i = 0; i < part.data.length; i++) {
            const [u, v] = [mirrorIndex(x + (i % 9), width), mirrorIndex(y + Math.floor(i / 9), height)];
            expect(part.data[i]).toBe(v * width + u);
          }
        },
      ),
    );
  });

  test("refuses a rectangle of part pixels, and an image whose data does not fit", () => {
    const image = grey(2, 1, [1, 2]);
    expect(() => cropMirrored(image, { x: 0.5, y: 0, width: 1, height: 1 })).toThrow("whole pixels");
    expect(() => normalise({ ...image, data: [1, 2] as unknown as Float32Array }, "range")).toThrow(
      "normalise: image data must be a Uint8Array, Uint16Array or Float32Array, got Array",
    );
    expect(() => cropMirrored({ ...image, width: 3 }, { x: 0, y: 0, width: 1, height: 1 })).toThrow(
      "image data has 2 values, but 3 × 1 × 1 makes 3",
    );
  });
});

describe("normalise", () => {
  test("range divides by the largest of the number type", () => {
    const of = (data: Uint8Array | Uint16Array | Float32Array) =>
      Array.from(normalise({ width: 2, height: 1, channels: 1, data }, "range").data);
    expect(of(Uint8Array.of(0, 255))).toEqual([0, 1]);
    expect(of(Uint16Array.of(0, 65535))).toEqual([0, 1]);
    expect(of(Float32Array.of(-2, 7))).toEqual([-2, 7]);
  });

  test("z-score: mean 0 and deviation 1 for each channel", () => {
    const image = { width: 2, height: 2, channels: 2, data: Float32Array.of(1, 10, 2, 10, 3, 30, 4, 30) };
    const a = Math.sqrt(1.25);
    const expected = [-1.5 / a, -1, -0.5 / a, -1, 0.5 / a, 1, 1.5 / a, 1];
    for (const [i, value] of normalise(image, "z-score").data.entries())
      expect(value).toBeCloseTo(expected[i], 6);
  });

  test("percentile: the 1st becomes 0 and the 99th 1, and nothing is clipped", () => {
    const image = grey(
      101,
      1,
      Array.from({ length: 101 }, (_, i) => i),
    );
    const { data } = normalise(image, "percentile");
    expect(data[1]).toBeCloseTo(0, 6);
    expect(data[99]).toBeCloseTo(1, 6);
    expect(data[0]).toBeCloseTo(-1 / 98, 6);
    expect(data[100]).toBeCloseTo(99 / 98, 6);
  });

  test("percentile of integers equals that of the same values as float", () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
    for (const type of [Uint8Array, Uint16Array]) {
      const image = { width: 50, height: 50, channels: 2, data: type.from(values) };
      const float = { ...image, data: Float32Array.from(values) };
      expect(normalise(image, "percentile")).toEqual(normalise(float, "percentile"));
    }
  });

  test("a few bright pixels on an even background don't vanish under percentile", () => {
    const { data } = normalise(grey(1000, 1, [9, ...new Array(999).fill(5)]), "percentile");
    expect([data[0], data[1]]).toEqual([1, 0]);
  });

  test("a constant image gives zeros, none leaves values", () => {
    const flat = grey(3, 1, [5, 5, 5]);
    for (const method of ["z-score", "percentile"] as const) {
      expect(Array.from(normalise(flat, method).data)).toEqual([0, 0, 0]);
    }
    expect(Array.from(normalise(flat, "none").data)).toEqual([5, 5, 5]);
  });

  test("the scales of the whole apply to parts", () => {
    const image = grey(4, 1, [1, 2, 3, 10]);
    const part = cropMirrored(image, { x: 2, y: 0, width: 2, height: 1 });
    const scales = channelScales(image, "z-score");
    expect(Array.from(applyScales(part, scales).data)).toEqual(
      Array.from(normalise(image, "z-score").data.slice(2)),
    );
  });

  test("NaN and infinity are refused with their position, and unknown methods", () => {
    expect(() => normalise(grey(2, 2, [0, 1, 2, Number.NaN]), "z-score")).toThrow(
      "holds NaN at x 1, y 1, channel 0",
    );
    expect(() => normalise(grey(2, 1, [0, Number.NEGATIVE_INFINITY]), "range")).toThrow(
      "holds -Infinity at x 1, y 0",
    );
    expect(() => normalise(grey(1, 1, [0]), "minmax" as "range")).toThrow(
      'method must be one of none, range, percentile, z-score, got "minmax"',
    );
  });
});

describe("connectedComponents", () => {
  const image = labels(4, 3, [1, 0, 1, 1, 1, 2, 0, 1, 0, 1, -1, 2]);

  test("joins equal labels by sides, or by corners too, and numbers them in raster order", () => {
    expect(Array.from(connectedComponents(image).data)).toEqual([1, 0, 2, 2, 1, 3, 0, 2, 0, 4, -1, 5]);
    expect(Array.from(connectedComponents(image, { connectivity: 8 }).data)).toEqual([
      1, 0, 2, 2, 1, 3, 0, 2, 0, 1, -1, 4,
    ]);
    expect(() => connectedComponents(image, { connectivity: 6 as 4 })).toThrow(
      "connectivity must be 4 or 8, got 6",
    );
  });

  test("equals a flood fill on random images", () => {
    const size = 9;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: size * size, maxLength: size * size }),
        fc.constantFrom(4 as const, 8 as const),
        (values, connectivity) => {
          const found = connectedComponents(labels(size, size, values), { connectivity }).data;
          expect(Array.from(found)).toEqual(flooded(values, size, connectivity));
        },
      ),
      { numRuns: 500 },
    );
  });

  function flooded(values: number[], size: number, connectivity: 4 | 8): number[] {
    const out = new Array<number>(values.length).fill(0);
    let count = 0;
    values.forEach((label, start) => {
      if (label === 0 || out[start] > 0) return;
      count++;
      const stack = [start];
      while (stack.length > 0) {
        const i = stack.pop()!;
        if (out[i] > 0) continue;
        out[i] = count;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            if (connectivity === 4 && dx !== 0 && dy !== 0) continue;
            const [x, y] = [(i % size) + dx, Math.floor(i / size) + dy];
            const inside = x >= 0 && x < size && y >= 0 && y < size;
            if (inside && values[y * size + x] === label) stack.push(y * size + x);
          }
        }
      }
    });
    return out;
  }
});

describe("pictures", () => {
  test("grey is stretched between its least and largest value, or the levels given", () => {
    expect(Array.from(toGrey(grey(3, 1, [1, 2, 3])).data)).toEqual([0, 0, 0, 127, 127, 127, 255, 255, 255]);
    expect(Array.from(toGrey(grey(2, 1, [1, 3]), { low: 1, high: 5 }).data)).toEqual([
      0, 0, 0, 127, 127, 127,
    ]);
  });

  test("the heat map's lightness rises evenly; what is no number is black", () => {
    const { data } = heatMap(
      grey(
        16,
        1,
        Array.from({ length: 16 }, (_, i) => i),
      ),
    );
    const lightness = Array.from({ length: 16 }, (_, i) => lightnessOf(data.subarray(3 * i, 3 * i + 3)));
    for (let i = 1; i < 16; i++) {
      const step = lightness[i] - lightness[i - 1];
      expect(step).toBeGreaterThan(4.5);
      expect(step).toBeLessThan(9);
    }
    const strange = heatMap(grey(4, 1, [Number.NaN, 0, 1, Number.POSITIVE_INFINITY])).data;
    expect(strange.subarray(0, 3)).toEqual(data.subarray(0, 3));
    expect(strange.subarray(9)).toEqual(data.subarray(45));
  });

  /** L* of CIELAB. */
  function lightnessOf(colour: Uint8Array): number {
    const [r, g, b] = Array.from(colour, (value) =>
      value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 116 * Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b) - 16;
  }

  test("each label has a colour of its own, background is black, ignored pixels grey", () => {
    const { data } = colourLabels(labels(102, 1, [-1, 0, ...Array.from({ length: 100 }, (_, i) => i + 1)]));
    const colours = Array.from({ length: 102 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join());
    expect(colours.slice(0, 2)).toEqual(["90,90,90", "0,0,0"]);
    expect(new Set(colours).size).toBe(102);
  });

  test("outlines are the pixels of an object that touch another label", () => {
    const object = labels(5, 5, [0, 0, 0, 0, 0, 0, 7, 7, 7, 0, 0, 7, 7, 7, 0, 0, 7, 7, 7, 0, 0, 0, 0, 0, 0]);
    const { data } = drawOutlines(grey(5, 5, new Array(25).fill(0)), object, { colour: [255, 0, 0] });
    const red = Array.from({ length: 25 }, (_, i) => (data[3 * i] === 255 ? 1 : 0));
    expect(red).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(() => drawOutlines(grey(1, 1, [0]), object)).toThrow("the image is 1 × 1 and the labels 5 × 5");
  });

  test("a montage puts pictures side by side with white between", () => {
    const black = toGrey(grey(2, 1, [0, 0]));
    const { width, height, data } = montage([black, black, black], { columns: 2, gap: 1 });
    expect([width, height]).toEqual([5, 3]);
    const row = (y: number) => Array.from({ length: 5 }, (_, x) => data[3 * (y * 5 + x)]);
    expect([row(0), row(1), row(2)]).toEqual([
      [0, 0, 255, 0, 0],
      [255, 255, 255, 255, 255],
      [0, 0, 255, 255, 255],
    ]);
    expect(() => montage([])).toThrow("montage: images is empty");
    expect(() => montage([black], { columns: 0 })).toThrow("columns must be a whole number from 1");
    expect(() => montage([{ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }])).toThrow(
      "images must be RGB, got 1 channels",
    );
  });
});
