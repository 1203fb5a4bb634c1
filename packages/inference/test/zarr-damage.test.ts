import { openZarr } from "@unet/inference/zarr";
import { describe, expect, test } from "vitest";
import { arrays, damagedZarr, filesOf, size, valuesOf } from "./reference/damaged-zarrs.mjs";
import { outcomeOf } from "./reference/zarr-outcome.mjs";
import { storeOf } from "./zarr-files.js";

test.each(arrays)("zarr-python's %s is read", async (name) => {
  const zarr = await openZarr(storeOf(filesOf(name)));
  const { data } = await zarr.plane(0).read({ x: 0, y: 0, ...size });
  expect(Float32Array.from(data)).toEqual(valuesOf(name));
});

describe("a damaged chunk", () => {
  test("is an error that names it, or gives the right pixels: 1000 of them over all codecs", async () => {
    const outcomes: Record<string, number> = {};
    const wrong: string[] = [];
    for (let index = 0, read = 0; read < 1000; index++) {
      const damaged = damagedZarr(7, index);
      if (!damaged.detectable) continue;
      read++;
      const { outcome } = await outcomeOf(damaged);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome !== "refused" && outcome !== "right pixels") wrong.push(`${damaged.name}: ${outcome}`);
    }
    expect(wrong).toEqual([]);
    // Not because all of them are refused, or none.
    expect(outcomes.refused).toBeGreaterThan(900);
    expect(outcomes["right pixels"]).toBeGreaterThan(5);
  });
});
