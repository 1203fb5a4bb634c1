import type { LabelImage } from "@unet/image";
import { instanceScores, objectErrors } from "@unet/metrics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labels } from "./rows.js";

describe("F1 and average precision of objects", () => {
  // Overlaps 4 / 5, 3 / 4 and 1 / 3; one object too many.
  const truth = labels("11111000", "22220000", "33000000");
  const found = labels("44440000", "55500000", "60060077");

  test("count the pairs above each threshold", () => {
    const { perThreshold, f1, averagePrecision } = instanceScores(found, truth, {
      thresholds: [0.5, 0.75, 0.8],
    });
    const counts = perThreshold.map(({ truePositives, falsePositives, falseNegatives }) => [
      truePositives,
      falsePositives,
      falseNegatives,
    ]);
    // An overlap of just the threshold is not above it.
    expect(counts).toEqual([
      [2, 2, 1],
      [1, 3, 2],
      [0, 4, 3],
    ]);
    expect(perThreshold[0]).toMatchObject({
      precision: 2 / 4,
      recall: 2 / 3,
      f1: 4 / 7,
      averagePrecision: 2 / 5,
    });
    expect(f1).toBeCloseTo((4 / 7 + 2 / 7 + 0) / 3, 12);
    expect(averagePrecision).toBeCloseTo((2 / 5 + 1 / 6 + 0) / 3, 12);
  });

  test("are pooled over images, and averaged as the Data Science Bowl did", () => {
    const scores = instanceScores([found, truth], [truth, truth], { thresholds: [0.5] });
    expect(scores.averagePrecision).toBeCloseTo(5 / 8, 12);
    expect(scores.meanAveragePrecision).toBeCloseTo((2 / 5 + 1) / 2, 12);
  });

  test("perfect is 1, nothing found is 0, nothing to find is 1, all foreground joins all", () => {
    const nothing = labels("00000000", "00000000", "00000000");
    const all = labels("11111111", "11111111", "11111111");
    const score = (a: LabelImage, b: LabelImage) => {
      const { f1, averagePrecision, meanAveragePrecision } = instanceScores(a, b);
      return [f1, averagePrecision, meanAveragePrecision];
    };
    expect(score(truth, truth)).toEqual([1, 1, 1]);
    expect(score(nothing, truth)).toEqual([0, 0, 0]);
    expect(score(nothing, nothing)).toEqual([1, 1, 1]);
    expect(score(all, truth)).toEqual([0, 0, 0]);
    expect(score(nothing, all)).toEqual([0, 0, 0]);
  });

  test("leave out ignored pixels", () => {
    const { perThreshold } = instanceScores(labels("1122"), labels("11xx"), { thresholds: [0.95] });
    expect(perThreshold[0]).toMatchObject({ truePositives: 1, falsePositives: 0, falseNegatives: 0 });
  });

  test("refuse thresholds at which an object could have two partners", () => {
    expect(() => instanceScores(found, truth, { thresholds: [0.3, 0.5] })).toThrow(
      "instanceScores: thresholds must be from 0.5 to below 1, got [0.3, 0.5]",
    );
    expect(() => instanceScores([], [])).toThrow("instanceScores: there is no image to measure");
  });

  test("equal what pixel sets compared one by one give", () => {
    const image = fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 })
      .map((data) => ({ width: 6, height: 5, data: Int32Array.from(data) }));
    fc.assert(
      fc.property(image, image, (prediction, truth) => {
        const objects = ({ data }: LabelImage) =>
          [1, 2, 3].map((label) => new Set([...data.keys()].filter((i) => data[i] === label)));
        const present = (image: LabelImage) => objects(image).filter(({ size }) => size > 0);
        const [found, expected] = [present(prediction), present(truth)];
        for (const at of instanceScores(prediction, truth).perThreshold) {
          const partners = expected.filter((r) =>
            found.some((s) => {
              const union = new Set([...r, ...s]).size;
              return r.size + s.size - union > at.threshold * union;
            }),
          );
          expect(at.truePositives).toBe(partners.length);
          expect(at.falseNegatives).toBe(expected.length - partners.length);
          expect(at.falsePositives).toBe(found.length - partners.length);
        }
      }),
    );
  });
});

describe("which objects are wrong", () => {
  test("splits, mergers, missed and superfluous ones", () => {
    const truth = labels("1111110", "2223330", "4400000", "0000000", "5555550");
    const found = labels("1112220", "3333330", "0400000", "8880000", "5555550");
    expect(objectErrors(found, truth)).toEqual({ split: [1], merged: [3], missed: [4], superfluous: [8] });
  });

  test("none where all is right, all missed where nothing is found", () => {
    const truth = labels("1122", "3300");
    expect(objectErrors(truth, truth)).toEqual({ split: [], merged: [], missed: [], superfluous: [] });
    expect(objectErrors(labels("0000", "0000"), truth).missed).toEqual([1, 2, 3]);
    expect(objectErrors(labels("1111", "1111"), truth).merged).toEqual([1]);
  });

  test("leaves out ignored pixels", () => {
    expect(objectErrors(labels("1122"), labels("11xx")).superfluous).toEqual([]);
  });
});
