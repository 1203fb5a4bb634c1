import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Image, readImage, readLabels } from "@unet/image";
import { twoNearestDistances, weightMap } from "@unet/loss/weight-map";
import { describe, expect, test } from "vitest";

const workspace = resolve(import.meta.dirname, "../../..");
const reference = resolve(workspace, process.env.UNET_REFERENCE ?? "../shared/reference", "weightmap");
const fixtures = join(import.meta.dirname, "fixtures/weightmap");

describe.each(["one-cell", "empty", "two-touching", "discs30"])("%s", (name) => {
  checkAgainst(fixtures, name, "");
});

describe.skipIf(!existsSync(reference)).each(["dsb-23830d0e", "dsb-27c30f90"])("%s", (name) => {
  checkAgainst(reference, name, " (needs UNET_REFERENCE)");
});

/** Distances and weights of scipy, float32. */
function checkAgainst(folder: string, name: string, needs: string): void {
  const read = (what: string) => readImage(join(folder, `${name}-${what}.tif`));

  test(`distances to the two nearest cells${needs}`, async () => {
    const { first, second } = twoNearestDistances(await readLabels(join(folder, `${name}-labels.tif`)));
    expect(largestError(first, await read("d1"))).toBeLessThanOrEqual(1e-4);
    expect(largestError(second, await read("d2"))).toBeLessThanOrEqual(1e-4);
  });

  test(`weight map${needs}`, async () => {
    const weights = weightMap(await readLabels(join(folder, `${name}-labels.tif`)), { w0: 10, sigma: 5 });
    expect(largestError(weights.data, await read("w"), "relative")).toBeLessThanOrEqual(1e-5);
  });
}

function largestError(ours: Float32Array, { data }: Image, kind?: "relative"): number {
  expect(ours.length).toBe(data.length);
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (ours[i] === data[i]) continue; // infinities too
    const error = Math.abs(ours[i] - data[i]) / (kind === "relative" ? data[i] : 1);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}
