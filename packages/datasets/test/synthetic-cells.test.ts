import { describe, expect, it } from "vitest";
import { syntheticCells } from "../src/index.js";
import { EXPECTED, fingerprints } from "./same-bits.js";
import { components, thresholdBaseline, touchingFraction } from "./threshold-baseline.js";

const seeds = [0, 1, 2, 3, 7, 2015];

describe("syntheticCells", () => {
  it.each(seeds)("is no toy: touching cells that no threshold finds (seed %i)", async (seed) => {
    const { image, labels } = await syntheticCells({ count: 1, seed }).get(0);
    expect(touchingFraction(labels)).toBeGreaterThanOrEqual(0.4);
    for (const foreground of ["bright", "dark"] as const) {
      const { iou, seg } = thresholdBaseline(image, labels, foreground);
      expect(iou).toBeLessThanOrEqual(0.8);
      expect(seg).toBeLessThanOrEqual(0.5);
    }
  });

  it("depends on seed and index alone", async () => {
    const one = syntheticCells({ count: 5, seed: 3, width: 96, height: 80 });
    const other = syntheticCells({ count: 4, seed: 3, width: 96, height: 80 });
    await other.get(0);
    expect(await one.get(3)).toEqual(await other.get(3));
    expect((await one.get(2)).image.data).not.toEqual((await one.get(3)).image.data);
    const seeded = syntheticCells({ count: 5, seed: 4, width: 96, height: 80 });
    expect((await seeded.get(3)).image.data).not.toEqual((await one.get(3)).image.data);
  });

  it("makes the same images here as in the browser", async () => {
    expect(await fingerprints()).toEqual(EXPECTED);
  });

  it.each([
    [64, 64],
    [1000, 300],
    [31, 200],
    [1, 1],
  ])("makes %i × %i px", async (width, height) => {
    const sample = await syntheticCells({ count: 1, width, height }).get(0);
    expect(sample.kind).toBe("instances");
    expect(sample.image).toMatchObject({ width, height, channels: 1 });
    expect(sample.image.data).toHaveLength(width * height);
    expect(sample.labels).toMatchObject({ width, height });
    expect(sample.labels.data).toHaveLength(width * height);
    expect(sample.labels.data.some((label) => label > 0)).toBe(true);
  });

  it.each(["phase-contrast", "fluorescence"] as const)(
    "makes whole cells numbered from 1 (%s)",
    async (style) => {
      for (const seed of seeds) {
        const { image, labels } = await syntheticCells({ count: 1, seed, style }).get(0);
        const cells = new Set(labels.data).size - 1;
        expect(Math.max(...labels.data)).toBe(cells);
        expect(Math.min(...labels.data)).toBe(0);
        const pieces = components(labels.data, labels.width, labels.height);
        expect(Math.max(...pieces)).toBe(cells);
        expect(new Set(image.data).size).toBeGreaterThan(64);
      }
    },
  );

  it("says what is wrong with its options", async () => {
    expect(() => syntheticCells({ count: 0 })).toThrow("count must be a positive integer, got 0");
    expect(() => syntheticCells({ count: 1, width: 2.5 })).toThrow(
      "width must be a positive integer, got 2.5",
    );
    expect(() => syntheticCells({ count: 1, diameter: [30, 20] })).toThrow("got [30,20]");
    await expect(syntheticCells({ count: 2 }).get(2)).rejects.toThrow(
      "index must be an integer in 0 … 1, got 2",
    );
  });
});
