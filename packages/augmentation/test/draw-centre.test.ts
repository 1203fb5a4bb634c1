import { deformTile, drawCentre } from "@unet/augmentation";
import { expect, test } from "vitest";
import { numbered } from "./samples.js";

test("10⁵ deformed tiles show every pixel equally often, the outermost rows and columns half as often", () => {
  const width = 64;
  const height = 48;
  const sample = numbered(width, height);
  const tiles = 1e5;
  const output = 12;
  const counts = new Float64Array(width * height + 1);
  for (let index = 0; index < tiles; index++) {
    const centre = drawCentre(sample.image, { seed: 4, index });
    const { labels } = deformTile(sample, { centre, inputSize: 16, outputSize: output, seed: 4, index });
    for (const label of labels.data) counts[label]++;
  }
  const perPosition = (tiles * output ** 2) / (2 * (width - 1) * 2 * (height - 1));
  const ratios: Record<string, number[]> = { inside: [], edge: [], corner: [] };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const copiesY = y === 0 || y === height - 1 ? 1 : 2;
      const copiesX = x === 0 || x === width - 1 ? 1 : 2;
      const kind = ["corner", "edge", "inside"][copiesY + copiesX - 2];
      ratios[kind].push(counts[y * width + x + 1] / (perPosition * copiesX * copiesY));
    }
  }
  // about five deviations each, and the mean of many much nearer
  const bounds = { inside: 0.1, edge: 0.16, corner: 0.25 };
  const means = { inside: 0.002, edge: 0.015, corner: 0.1 };
  for (const kind of ["inside", "edge", "corner"] as const) {
    for (const ratio of ratios[kind]) expect(Math.abs(ratio - 1)).toBeLessThan(bounds[kind]);
    const mean = ratios[kind].reduce((sum, ratio) => sum + ratio) / ratios[kind].length;
    expect(Math.abs(mean - 1)).toBeLessThan(means[kind]);
  }
});

test("is in whole pixels, from the seed and the index alone; a line of one pixel has one place", () => {
  const centre = drawCentre({ width: 10, height: 1 }, { seed: 1, index: 5 });
  expect(centre).toEqual(drawCentre({ width: 10, height: 1 }, { seed: 1, index: 5 }));
  expect(centre[0]).toBe(0);
  expect(Number.isInteger(centre[1])).toBe(true);
  const columns = new Set(
    Array.from({ length: 500 }, (_, index) => drawCentre({ width: 10, height: 1 }, { seed: 1, index })[1]),
  );
  expect([...columns].sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, i) => i));
});
