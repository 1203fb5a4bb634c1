import { readFileSync } from "node:fs";
import { join } from "node:path";
import { displacementField, warp } from "@unet/augmentation";
import { readImage } from "@unet/image";
import { describe, expect, test } from "vitest";

const fixtures = join(import.meta.dirname, "fixtures");
const read = async (name: string) => (await readImage(join(fixtures, `elastic/${name}.tif`))).data;
const { size, controlVectors } = JSON.parse(readFileSync(join(fixtures, "elastic.json"), "utf8"));
const [dy, dx]: number[][] = controlVectors.values.map((component: number[][]) => component.flat());
const fieldOf = (interpolation: "bicubic" | "bspline") =>
  displacementField({ rows: 3, columns: 3, dy, dx }, { width: size[1], height: size[0] }, { interpolation });

describe.each([
  { name: "keys-mirror", interpolation: "bicubic" as const },
  { name: "bspline", interpolation: "bspline" as const },
])("$name", ({ name, interpolation }) => {
  const field = fieldOf(interpolation);

  test("field", async () => {
    expect(largestError(field.dy, await read(`field-${name}-dy`))).toBeLessThanOrEqual(1e-4);
    expect(largestError(field.dx, await read(`field-${name}-dx`))).toBeLessThanOrEqual(1e-4);
  });

  test.each([
    { method: "bilinear", sampling: "bilinear" as const },
    { method: "cubic-keys", sampling: "bicubic" as const },
  ])("warp, $method", async ({ method, sampling }) => {
    const image = await readImage(join(fixtures, "elastic/input.tif"));
    const ours = warp(image, field, { interpolation: sampling });
    expect(largestError(ours.data, await read(`warp-${name}-${method}`))).toBeLessThanOrEqual(1e-3);
  });
});

function largestError(ours: ArrayLike<number>, truth: ArrayLike<number>): number {
  expect(ours.length).toBe(truth.length);
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = Math.abs(ours[i] - truth[i]);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}
