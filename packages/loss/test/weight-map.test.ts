import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { IGNORE, type LabelImage } from "@unet/image";
import { balancedClassWeights, type WeightMapOptions, weightMap } from "@unet/loss/weight-map";
import { describe, expect, test } from "vitest";

const labelImage = (...rows: number[][]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.flat()),
});
const weightsOf = (labels: LabelImage, options?: WeightMapOptions) => [...weightMap(labels, options).data];
const border = (sum: number, w0 = 10, sigma = 5) => w0 * Math.exp(-(sum ** 2) / (2 * sigma ** 2));

function expectClose(ours: number[], truth: number[]): void {
  expect(ours.length).toBe(truth.length);
  ours.forEach((value, i) => {
    expect(value).toBeCloseTo(truth[i], 5);
  });
}

describe("the paper's", () => {
  test("class weight plus border term, by hand", () => {
    // 3 background and 2 cell pixels: 5 / (2 · 3) and 5 / (2 · 2)
    const [back, cell] = [5 / 6, 5 / 4];
    const middle = back + border(4);
    expectClose(weightsOf(labelImage([1, 0, 0, 0, 2])), [cell, middle, middle, middle, cell]);
  });

  test("w0 and sigma; w0 = 0 leaves the class weights", () => {
    const labels = labelImage([1, 0, 0, 0, 2]);
    expect(weightsOf(labels, { w0: 3, sigma: 2 })[1]).toBeCloseTo(5 / 6 + border(4, 3, 2), 5);
    expectClose(weightsOf(labels, { w0: 0 }), [5 / 4, 5 / 6, 5 / 6, 5 / 6, 5 / 4]);
  });

  test("one cell has no border; an empty image weighs 1 everywhere", () => {
    expectClose(weightsOf(labelImage([1, 0, 0, 0])), [2, 2 / 3, 2 / 3, 2 / 3]);
    expectClose(weightsOf(labelImage([0, 0, 0])), [1, 1, 1]);
  });

  test("cells at the image's edge and in its corners: nothing lies beyond", () => {
    // 4 background and 2 cell pixels: 6 / (2 · 4) and 6 / (2 · 2)
    const [back, cell] = [6 / 8, 6 / 4];
    expectClose(weightsOf(labelImage([3, 0], [0, 0], [0, 7])), [
      cell,
      back + border(1 + 2),
      back + border(1 + Math.SQRT2),
      back + border(Math.SQRT2 + 1),
      back + border(2 + 1),
      cell,
    ]);
  });

  test("cells that touch, or one that fills the image: no border term, the labels are taken as they are", () => {
    expectClose(weightsOf(labelImage([4, 4], [4, 4])), [1, 1, 1, 1]);
    expectClose(weightsOf(labelImage([4, 4], [2, 2])), [1, 1, 1, 1]);
    expectClose(weightsOf(labelImage([4])), [1]);
  });

  test("class weights from elsewhere, and classes of more than two kinds", () => {
    const cells = labelImage([1, 0, 2]);
    const classes = labelImage([2, 0, 1]);
    const options = { classWeights: [0.5, 2, 4], classes };
    expectClose(weightsOf(cells, options), [4, 0.5 + border(2), 2]);
    expectClose(weightsOf(cells, { classes }), [1, 1 + border(2), 1]);
  });

  test("ignored pixels weigh 0 and aren't counted, in cells or in classes", () => {
    const cells = labelImage([1, 0, 2, IGNORE, 0]);
    expectClose(weightsOf(cells), [1, 1 + border(2), 1, 0, 1 + border(6)]);
    const classes = labelImage([1, IGNORE, 1, 1, 0]);
    // 3 of class 1 are counted, and 1 of class 0
    expectClose(weightsOf(cells, { classes, w0: 0 }), [4 / 6, 0, 4 / 6, 0, 2]);
    expectClose(weightsOf(labelImage([IGNORE, IGNORE])), [0, 0]);
  });
});

test("classes balanced over a data set instead of over the image", () => {
  const images = [labelImage([1, 0, 0, 0]), labelImage([0, 0, 0, 0])];
  const classWeights = balancedClassWeights(images, 2);
  expect(classWeights).toEqual([8 / (2 * 7), 8 / (2 * 1)]);
  const [back, cell] = classWeights;
  expectClose(weightsOf(images[0], { classWeights }), [cell, back, back, back]);
  expectClose(weightsOf(images[1], { classWeights }), [back, back, back, back]);
});

test("preset fiji: 1 on cells, the later formula on background", () => {
  const [v, d1, d2] = [0.1, 1, 3];
  const middle = v + 50 * Math.exp(-((d1 + d2) ** 2) / (2 * 6 ** 2)) + (1 - v) * Math.exp(-(d1 ** 2) / 200);
  const weights = weightsOf(labelImage([1, 0, 0, 0, 2, IGNORE]), { preset: "fiji" });
  expect(weights[1]).toBeCloseTo(middle, 4);
  expect([weights[0], weights[4], weights[5]]).toEqual([1, 1, 0]);
  expectClose(weightsOf(labelImage([0, 0]), { preset: "fiji" }), [v, v]);
  expectClose(weightsOf(labelImage([5, 5], [6, 6]), { preset: "fiji" }), [1, 1, 1, 1]);
  const alone = weightsOf(labelImage([0, 1]), { preset: "fiji" });
  expect(alone[0]).toBeCloseTo(v + (1 - v) * Math.exp(-1 / 200), 5);
});

describe("wrong input", () => {
  const cells = labelImage([1, 0, 2]);
  test.each<[WeightMapOptions, string]>([
    [{ sigma: 0 }, "sigma must be a positive number of pixels, got 0"],
    [{ w0: Number.NaN }, "w0 must be 0 or a positive number, got NaN"],
    [{ preset: "imagej" as "fiji" }, 'preset must be "paper" or "fiji", got "imagej"'],
    [
      { preset: "fiji", classWeights: [1, 1] },
      'preset "fiji" has weights of its own; leave out classWeights',
    ],
    [
      { classWeights: [1] },
      "classWeights must have a number of 0 or more for each class; class 1 has undefined",
    ],
    [{ classes: labelImage([1, 0]) }, "classes must be as large as cells, 3 × 1, got 2 × 1"],
  ])("%j", (options, message) => {
    expect(() => weightMap(cells, options)).toThrow(new RangeError(`weightMap: ${message}`));
  });
});

test("@unet/loss/weight-map imports nothing but @unet/image: no tfjs", () => {
  const foreign = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (specifier.startsWith(".")) visit(resolve(dirname(file), specifier.replace(/\.js$/, ".ts")));
      else foreign.add(specifier);
    }
  };
  visit(resolve(import.meta.dirname, "../src/weight-map.ts"));
  expect(seen.size).toBeGreaterThan(6);
  expect([...foreign]).toEqual(["@unet/image"]);
});
