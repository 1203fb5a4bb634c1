import { type DeformTileOptions, deformTile, displacementField, warp } from "@unet/augmentation";
import { cropLabelsMirrored, cropMirrored, IGNORE, normal, randomAt } from "@unet/image";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coordinates, numbered } from "./samples.js";

const off = { elastic: false, rotation: false, flips: false, greyValues: false } as const;

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 20 }),
  height: fc.integer({ min: 1, max: 20 }),
  channels: fc.integer({ min: 1, max: 3 }),
  output: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
  margin: fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })),
  centre: fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })),
  index: fc.nat(1000),
});
const inputOf = ([h, w]: [number, number], [my, mx]: [number, number]): [number, number] => [
  h + 2 * my,
  w + 2 * mx,
];

test("with all switched off the tile is the mirrored crop, bit by bit", () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom("bilinear", "bicubic"), (size, interpolation) => {
      const { width, height, channels, output, margin, centre } = size;
      const inputSize = inputOf(output, margin);
      const sample = numbered(width, height, channels);
      const tile = deformTile(sample, {
        ...off,
        centre,
        inputSize,
        outputSize: output,
        seed: 1,
        interpolation,
      });
      const y = centre[0] - Math.floor(inputSize[0] / 2);
      const x = centre[1] - Math.floor(inputSize[1] / 2);
      const input = { y, x, height: inputSize[0], width: inputSize[1] };
      const inner = { y: y + margin[0], x: x + margin[1], height: output[0], width: output[1] };
      expect(tile.image).toEqual(cropMirrored(sample.image, input));
      expect(tile.labels).toEqual(cropLabelsMirrored(sample.labels, inner));
      expect(tile.weights).toEqual(cropMirrored(sample.weights, inner));
    }),
  );
});

test("each label and weight is that of the source at the rounded mapped position; none is invented", () => {
  fc.assert(
    fc.property(sizes, ({ width, height, output, margin, centre, index }) => {
      const sample = coordinates(width, height);
      const inputSize = inputOf(output, margin);
      const { image, labels, weights } = deformTile(sample, {
        centre,
        inputSize,
        outputSize: output,
        seed: 2,
        index,
        scaling: 0.5,
        greyValues: false,
        interpolation: "bilinear",
      });
      for (let i = 0; i < labels.data.length; i++) {
        const row = Math.floor(i / output[1]) + margin[0];
        const column = (i % output[1]) + margin[1];
        const at = 2 * (row * inputSize[1] + column);
        const [y, x] = image.data.subarray(at, at + 2);
        expect(weights?.data[i]).toBe(labels.data[i]);
        // float32 positions can't tell which way a half is rounded
        if (Math.abs((y % 1) - 0.5) < 1e-4 || Math.abs((x % 1) - 0.5) < 1e-4) continue;
        expect(labels.data[i]).toBe(Math.round(y) * width + Math.round(x) + 1);
      }
    }),
    { numRuns: 300 },
  );
});

test("labels of any meaning take the same map: ignored pixels stay ignored, objects keep their numbers", () => {
  const meanings = fc.array(fc.constantFrom(IGNORE, 0, 1, 7, 2 ** 30), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(sizes, meanings, ({ width, height, output, margin, centre, index }, table) => {
      const sample = numbered(width, height);
      const meaning = (label: number) => table[label % table.length];
      const labels = { width, height, data: sample.labels.data.map(meaning) };
      const options = { centre, inputSize: inputOf(output, margin), outputSize: output, seed: 6, index };
      const numbers = deformTile(sample, options).labels.data;
      expect(deformTile({ ...sample, labels }, options).labels.data).toEqual(numbers.map(meaning));
    }),
  );
});

test.each(["bilinear", "bicubic"] as const)(
  "is warp by displacementField, bit by bit, %s",
  (interpolation) => {
    const width = 401;
    const height = 211;
    const { image, labels } = numbered(width, height);
    const gaussian = normal(randomAt(4, "tile elastic", 7));
    const draw = () => Array.from({ length: 20 }, () => 10 * gaussian());
    const control = { rows: 4, columns: 5, dy: draw(), dx: draw() };
    const field = displacementField(control, { width, height });
    const size = [height, width] as const;
    const tile = deformTile(
      { image, labels },
      {
        ...off,
        elastic: { grid: [4, 5] },
        seed: 4,
        index: 7,
        interpolation,
        centre: [105, 200],
        inputSize: size,
        outputSize: size,
      },
    );
    expect(tile.image).toEqual(warp(image, field, { interpolation }));
    const labelImage = { width, height, channels: 1, data: Float32Array.from(labels.data) };
    const warped = warp(labelImage, field, { interpolation: "nearest" });
    expect(tile.labels.data).toEqual(Int32Array.from(warped.data));
  },
);

test("each channel is sampled as it would be alone", () => {
  const sample = numbered(40, 30, 3);
  const given = { centre: [9, 20], inputSize: 50, outputSize: 20, seed: 8, greyValues: false } as const;
  const { data } = deformTile(sample, given).image;
  for (let channel = 0; channel < 3; channel++) {
    const alone = { ...sample.image, channels: 1, data: everyThird(sample.image.data, channel) };
    expect(deformTile({ ...sample, image: alone }, given).image.data).toEqual(everyThird(data, channel));
  }
});

function everyThird(data: Float32Array, from: number): Float32Array {
  return data.filter((_, i) => i % 3 === from);
}

describe("the map", () => {
  const sample = coordinates(400, 300);
  const options = { centre: [150, 200] as const, inputSize: 101, outputSize: 1, seed: 3 };
  /** Where the pixels (row, column) of tile `index` come from. */
  const positions = (index: number, given: Partial<DeformTileOptions>, ...pixels: [number, number][]) => {
    const { image } = deformTile(sample, { ...options, ...off, ...given, index, interpolation: "bilinear" });
    return pixels.map(([row, column]) => {
      const at = 2 * (row * image.width + column);
      return [image.data[at], image.data[at + 1]];
    });
  };
  const tiles = Array.from({ length: 400 }, (_, index) => index);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;

  test("rotation turns about the centre by any angle and keeps lengths", () => {
    const angles = tiles.map((index) => {
      const [middle, right, below] = positions(index, { rotation: true }, [50, 50], [50, 100], [100, 50]);
      const [dy, dx] = [right[0] - middle[0], right[1] - middle[1]];
      expect(middle[0]).toBeCloseTo(150, 4);
      expect(middle[1]).toBeCloseTo(200, 4);
      expect(Math.hypot(dy, dx)).toBeCloseTo(50, 3);
      expect(below[0] - middle[0]).toBeCloseTo(dx, 3);
      expect(below[1] - middle[1]).toBeCloseTo(-dy, 3);
      return Math.atan2(dy, dx) + Math.PI;
    });
    for (let eighth = 0; eighth < 8; eighth++) {
      const inside = angles.filter((angle) => Math.floor((angle / Math.PI) * 4) === eighth);
      expect(Math.abs(inside.length - 50)).toBeLessThan(28); // 4 deviations
    }
  });

  test("flips mirror each axis in half of the tiles", () => {
    const kinds = tiles.map((index) => positions(index, { flips: true }, [0, 0]).join());
    const counts = ["100,150", "100,250", "200,150", "200,250"].map(
      (corner) => kinds.filter((kind) => kind === corner).length,
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(400);
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(36);
  });

  test("scaling grows and shrinks within its bounds, equally often", () => {
    const steps = tiles.map((index) => {
      const [left, right] = positions(index, { scaling: 0.25 }, [50, 0], [50, 100]);
      return (right[1] - left[1]) / 100;
    });
    expect(Math.max(...steps)).toBeLessThanOrEqual(1.25001);
    expect(Math.max(...steps)).toBeGreaterThan(1.24);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0.79999);
    expect(Math.min(...steps)).toBeLessThan(0.81);
    expect(Math.abs(mean(steps.map(Math.log)))).toBeLessThan(0.03);
  });

  test("displacements of the nodes have mean 0 and deviation sigma, 10 px by default", () => {
    const nodes = [0, 50, 100].flatMap((row) =>
      [0, 50, 100].map((column) => [row, column] as [number, number]),
    );
    const draws = tiles.flatMap((index) =>
      positions(index, { elastic: {} }, ...nodes).flatMap(([y, x], i) => [
        y - (100 + nodes[i][0]),
        x - (150 + nodes[i][1]),
      ]),
    );
    expect(draws.length).toBe(7200);
    expect(Math.abs(mean(draws))).toBeLessThan(0.5);
    expect(Math.abs(Math.sqrt(mean(draws.map((draw) => draw * draw))) - 10)).toBeLessThan(0.35);
  });

  test.each([
    { spacing: 50, grid: 3 },
    { spacing: 40, grid: 4 },
    { spacing: [101, 25] as const, grid: [2, 5] as const },
  ])("nodes $spacing px apart at most are a grid of $grid", ({ spacing, grid }) => {
    const given = { ...options, ...off, outputSize: 101 };
    const spaced = deformTile(sample, { ...given, elastic: { spacing, interpolation: "bspline" } });
    expect(spaced).toEqual(deformTile(sample, { ...given, elastic: { grid, interpolation: "bspline" } }));
  });

  test("grey values are sampled bicubically by default", () => {
    const { image, labels } = numbered(40, 30);
    const given = { centre: [9, 20], inputSize: 50, outputSize: 20, seed: 8 } as const;
    const byDefault = deformTile({ image, labels }, given).image.data;
    const as = (interpolation: "bilinear" | "bicubic") =>
      deformTile({ image, labels }, { ...given, interpolation }).image.data;
    expect(byDefault).toEqual(as("bicubic"));
    expect(byDefault).not.toEqual(as("bilinear"));
  });

  test("switching one part off leaves the others as they were", () => {
    const all = deformTile(sample, { ...options, inputSize: 41, outputSize: 21 });
    const without = deformTile(sample, { ...options, inputSize: 41, outputSize: 21, greyValues: false });
    expect(without.labels).toEqual(all.labels);
    expect(without.image).not.toEqual(all.image);
  });
});

describe("input types", () => {
  test.each([Uint8Array, Uint16Array])("%s gives what the same numbers as floats give", (Type) => {
    const { image, labels } = numbered(30, 20);
    const data = new Type(image.data.map((value) => value * 200));
    const options = {
      centre: [4, 8],
      inputSize: 24,
      outputSize: 8,
      seed: 5,
      interpolation: "bicubic",
    } as const;
    const tile = deformTile({ image: { ...image, data }, labels }, options);
    expect(tile).toEqual(deformTile({ image: { ...image, data: Float32Array.from(data) }, labels }, options));
    expect(tile.image.data).toBeInstanceOf(Float32Array);
    expect(tile.weights).toBeUndefined();
  });
});

describe("wrong input", () => {
  const sample = numbered(8, 6);
  const options: DeformTileOptions = { centre: [0, 0], inputSize: 8, outputSize: 4, seed: 1 };
  test.each<[Partial<DeformTileOptions>, string]>([
    [{ inputSize: 7.5 }, "inputSize must be whole pixels, one number or [height, width], got 7.5"],
    [
      { inputSize: 8, outputSize: 5 },
      "outputSize must be smaller than inputSize by an even number of pixels, or equal; got 5 × 5 in 8 × 8",
    ],
    [{ centre: [0, Number.NaN] }, "centre must be two numbers, [y, x], got 0,NaN"],
    [{ elastic: { sigma: -1 } }, "elastic.sigma must be from 0 to 1000 px, got -1"],
    [{ elastic: { sigma: 1e39 } }, "elastic.sigma must be from 0 to 1000 px, got 1e+39"],
    [{ elastic: { spacing: 1e-9 } }, "elastic.spacing must be at least 1 px, got 1e-9"],
    [{ elastic: { grid: 1e9 } }, "elastic.grid must be whole numbers from 2 to 1000, got 1000000000"],
    [{ scaling: 1e300 }, "scaling must be from 0 to 100, got 1e+300"],
    [{ greyValues: { blur: 1e6 } }, "greyValues.blur must be from 0 to 100 px, got 1000000"],
    [{ elastic: { grid: 1 } }, "elastic.grid must be whole numbers from 2 to 1000, got 1"],
    [{ elastic: { spacing: 0 } }, "elastic.spacing must be at least 1 px, got 0"],
    [
      { elastic: { spacing: 10, grid: 3 } },
      "elastic.grid must be left out where elastic.spacing is given, got 3",
    ],
    [{ scaling: -0.5 }, "scaling must be from 0 to 100, got -0.5"],
    [{ greyValues: { contrast: 1 } }, "greyValues.contrast must be from 0 to below 1, got 1"],
    [{ greyValues: { offset: -1 } }, "greyValues.offset must be from 0 to below 1, got -1"],
    [{ greyValues: { black: 0.5 } }, "greyValues.black must be from 0 to below 0.5, got 0.5"],
    [{ greyValues: { noise: -1 } }, "greyValues.noise must be from 0 to 100, got -1"],
    [{ greyValues: { blur: Number.NaN } }, "greyValues.blur must be from 0 to 100 px, got NaN"],
    [
      { interpolation: "cubic" as "bicubic" },
      'interpolation must be "nearest", "bilinear" or "bicubic", got "cubic"',
    ],
  ])("%j", (given, message) => {
    expect(() => deformTile(sample, { ...options, ...given })).toThrow(
      new RangeError(`deformTile: ${message}`),
    );
  });

  test("labels of another size than the image", () => {
    const labels = numbered(6, 8).labels;
    expect(() => deformTile({ ...sample, labels }, options)).toThrow(
      "deformTile: labels must be as large as the image, 8 × 6, got 6 × 8",
    );
  });
});
