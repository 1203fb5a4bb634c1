import { describe, expect, it } from "vitest";
import { syntheticMembranes } from "../src/index.js";
import { components } from "./threshold-baseline.js";

describe("syntheticMembranes", () => {
  it.each([0, 1, 2])("draws dark membranes around packed cells (seed %i)", async (seed) => {
    const { image, labels, kind } = await syntheticMembranes({ count: 1, seed }).get(0);
    expect(kind).toBe("classes");
    expect([...new Set(labels.data)].sort()).toEqual([0, 1]);
    const sum = [0, 0];
    const count = [0, 0];
    for (let i = 0; i < labels.data.length; i++) {
      sum[labels.data[i]] += image.data[i];
      count[labels.data[i]]++;
    }
    const inside = count[1] / labels.data.length;
    expect(inside).toBeGreaterThan(0.7);
    expect(inside).toBeLessThan(0.9);
    expect(sum[1] / count[1] - sum[0] / count[0]).toBeGreaterThan(40);
    const sizes = new Map<number, number>();
    const cells = components(labels.data, labels.width, labels.height);
    for (const cell of cells) sizes.set(cell, (sizes.get(cell) ?? 0) + 1);
    sizes.delete(0);
    expect(sizes.size).toBeGreaterThan(30);
    expect(Math.max(...sizes.values())).toBeLessThan(labels.data.length / 4);
  });

  it("depends on seed and index alone", async () => {
    const one = syntheticMembranes({ count: 5, seed: 3, width: 70, height: 50 });
    const other = syntheticMembranes({ count: 4, seed: 3, width: 70, height: 50 });
    expect(await one.get(3)).toEqual(await other.get(3));
    expect((await one.get(2)).image.data).not.toEqual((await one.get(3)).image.data);
  });

  it.each([
    [64, 64],
    [300, 100],
    [1, 1],
  ])("makes %i × %i px", async (width, height) => {
    const { image, labels } = await syntheticMembranes({ count: 1, width, height }).get(0);
    expect(image).toMatchObject({ width, height, channels: 1 });
    expect(labels).toMatchObject({ width, height });
    expect(image.data).toHaveLength(width * height);
    expect(labels.data).toHaveLength(width * height);
  });

  it("says what is wrong with its options", async () => {
    expect(() => syntheticMembranes({ count: -1 })).toThrow(
      "syntheticMembranes: count must be a positive integer",
    );
    expect(() => syntheticMembranes({ count: 1, diameter: 3 })).toThrow(
      "diameter must be at least 12 px, got 3",
    );
    await expect(syntheticMembranes({ count: 2 }).get(-1)).rejects.toThrow("got -1");
  });
});
