import { classScores } from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { labels } from "./rows.js";

describe("scores of classes", () => {
  // Class 1: 4 of 5 and 5 pixels; class 2: 3 of 4 and 4 pixels in two parts of which one is found; class 3: missed.
  const truth = labels("1110022", "1100022", "000x000", "3300000");
  const found = labels("1111020", "1000022", "0001000", "0000000");

  test("compare each class with itself, pixel by pixel and object by object", () => {
    const { perClass, iou, dice } = classScores(found, truth);
    expect(perClass.map((score) => score.class)).toEqual([0, 1, 2, 3]);
    expect(perClass.map((score) => score.iou)).toEqual([15 / 20, 4 / 6, 3 / 4, 0]);
    expect(perClass.map((score) => score.dice)).toEqual([30 / 35, 8 / 10, 6 / 7, 0]);
    expect(perClass.map((score) => score.seg)).toEqual([Number.NaN, 4 / 6, 3 / 4, 0]);
    expect(perClass.map((score) => score.f1)).toEqual([Number.NaN, 1, 1, 0]);
    // Above 0.5, 0.55, 0.6 and 0.65; above 0.5 to 0.7.
    expect(perClass[1].averagePrecision).toBeCloseTo(0.4, 12);
    expect(perClass[2].averagePrecision).toBeCloseTo(0.5, 12);
    expect(iou).toBeCloseTo((4 / 6 + 3 / 4 + 0) / 3, 12);
    expect(dice).toBeCloseTo((8 / 10 + 6 / 7 + 0) / 3, 12);
  });

  test("a pixel of one class taken for another counts against both", () => {
    const { perClass, iou } = classScores(labels("1122"), labels("1112"));
    expect(perClass.map((score) => score.iou)).toEqual([Number.NaN, 2 / 3, 1 / 2]);
    expect(iou).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
  });

  test("are pooled over images, and a class on neither side is left out of the means", () => {
    const stream = classScores.stream({ classes: 4 });
    expect(stream.add(labels("1100"), labels("1000")).perClass.map((score) => score.iou)).toEqual([
      2 / 3,
      1 / 2,
      Number.NaN,
      Number.NaN,
    ]);
    stream.add(labels("0220"), labels("0220"));
    const { perClass, iou } = stream.result();
    expect(perClass.map((score) => score.iou)).toEqual([4 / 5, 1 / 2, 1, Number.NaN]);
    expect(perClass.map((score) => score.f1)).toEqual([Number.NaN, 0, 1, Number.NaN]);
    expect(iou).toBeCloseTo(3 / 4, 12);
  });

  test("two images without foreground agree, and numbers that are no class are refused", () => {
    expect(classScores(labels("000"), labels("000"))).toMatchObject({ iou: 1, dice: 1 });
    expect(() => classScores(labels("003"), labels("000"), { classes: 3 })).toThrow(
      "classScores: the prediction holds 3 at x 2, y 0, but 3 classes are 0 … 2",
    );
    const numbered = { width: 2, height: 1, data: Int32Array.of(0, 70_000) };
    expect(() => classScores(labels("00"), numbered)).toThrow("the truth holds 70000 at x 1, y 0");
  });
});
