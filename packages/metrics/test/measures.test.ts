import { dice, iou, otsuThreshold, pixelError, randError, segMeasure, vInfo, vRand } from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { labels, tenths } from "./rows.js";

const at = { thresholds: [0.5] };

describe("overlap of the foreground", () => {
  const truth = labels("1100", "1100", "00xx");
  const found = labels("0220", "0330", "0033");

  test("counts pixels of any label, and leaves out what the truth ignores", () => {
    // Two of four true pixels are found, four are claimed: 2 / 6 and 4 / 8.
    expect(iou(found, truth)).toBeCloseTo(2 / 6, 12);
    expect(dice(found, truth)).toBeCloseTo(4 / 8, 12);
  });

  test("is pooled over images; perfect is 1, none is 0, empty on both sides is 1", () => {
    const empty = labels("0000", "0000", "0000");
    expect(iou([found, truth], [truth, truth])).toBeCloseTo(6 / 10, 12);
    expect([iou(truth, truth), iou(empty, truth), iou(empty, empty)]).toEqual([1, 0, 1]);
    expect([dice(truth, truth), dice(empty, truth), dice(empty, empty)]).toEqual([1, 0, 1]);
  });

  test("refuses images that don't belong together", () => {
    expect(() => iou([found], [truth, truth])).toThrow("iou: 1 predictions for 2 truths");
    expect(() => dice(labels("1"), truth)).toThrow(
      "image 0 is 1 × 1 in the prediction and 4 × 3 in the truth",
    );
  });
});

describe("SEG", () => {
  test("a true object is matched by what covers more than half of it", () => {
    const truth = labels("111100", "222200", "333300");
    const found = labels("111000", "220055", "444444");
    const { score, objects } = segMeasure(found, truth);
    // 3 of 4; exactly half is no match; 4 of 6.
    expect(objects.map(({ jaccard }) => jaccard)).toEqual([3 / 4, 0, 4 / 6]);
    expect(score).toBeCloseTo((3 / 4 + 4 / 6) / 3, 12);
  });

  test("one object over two cells matches one at most half; ignored pixels are left out", () => {
    expect(segMeasure(labels("1111"), labels("1222")).objects.map(({ jaccard }) => jaccard)).toEqual([
      1 / 4,
      3 / 4,
    ]);
    expect(segMeasure(labels("1111"), labels("11xx")).score).toBe(1);
    expect(segMeasure(labels("0000"), labels("1100")).score).toBe(0);
  });
});

describe("pixel error", () => {
  const truth = labels("1100", "1100", "00xx");

  test("counts wrong pixels at each threshold", () => {
    const { perThreshold, best, challenge } = pixelError(tenths("9760", "3100", "0499"), truth, {
      thresholds: [0.2, 0.5],
    });
    // Above 0.2: 9 7 6 | 3 | 4: three true, two false, one missed of 10 pixels.
    expect(perThreshold[0].error).toBeCloseTo(0.3, 12);
    expect(perThreshold[0].fScore).toBeCloseTo(6 / 9, 12);
    // Above 0.5: 9 7 6: two true, one false, two missed.
    expect(perThreshold[1].error).toBeCloseTo(0.3, 12);
    expect(perThreshold[1].fScore).toBeCloseTo(4 / 7, 12);
    expect(best.threshold).toBe(0.2);
    expect(challenge).toBeCloseTo(1 - 6 / 9, 12);
  });

  test("8-bit images are shares of 255", () => {
    const prediction = { width: 2, height: 1, channels: 1, data: Uint8Array.of(127, 128) };
    expect(pixelError(prediction, labels("01"), at).best.error).toBe(0);
  });

  test("nothing found misses every cell, all found has every border wrong", () => {
    const nothing = pixelError(tenths("0000", "0000", "0000"), truth, at).best;
    expect(nothing).toMatchObject({ error: 4 / 10, recall: 0, fScore: 0 });
    const all = pixelError(tenths("9999", "9999", "9999"), truth, at).best;
    expect(all).toMatchObject({ error: 6 / 10, precision: 4 / 10, recall: 1 });
    expect(pixelError(tenths("9900", "9900", "0099"), truth)).toMatchObject({
      challenge: 0,
      best: { error: 0 },
    });
  });

  test("asks which channel of several", () => {
    const two = { width: 1, height: 1, channels: 2, data: Float32Array.of(0.1, 0.9) };
    expect(() => pixelError(two, labels("1"))).toThrow("the prediction has 2 channels; say which");
    expect(pixelError(two, labels("1"), { channel: 1, ...at }).best.error).toBe(0);
  });

  test("refuses what doesn't belong together", () => {
    const prediction = tenths("9900", "9900", "0099");
    expect(() => pixelError([prediction], [truth, truth])).toThrow(
      "pixelError: 1 predictions for 2 truths; one each is needed",
    );
    expect(() => randError(prediction, labels("10"))).toThrow(
      "randError: image 0 is 4 × 3 in the prediction and 2 × 1 in the truth",
    );
    expect(() => vRand(prediction, truth, { channel: 1 })).toThrow("vRand: channel must be 0 to 0, got 1");
    expect(() => vInfo(prediction, truth, { thresholds: [] })).toThrow(
      "vInfo: thresholds must be one number or more, got []",
    );
  });
});

describe("Rand and information", () => {
  const truth = labels("11011", "11011", "11011");
  const perfect = tenths("99099", "99099", "99099");
  const merged = tenths("99999", "99999", "99999");

  test("perfect is 1 and error 0", () => {
    for (const thin of [true, false]) {
      expect(vRand(perfect, truth, { thin })).toMatchObject({ score: 1, precision: 1, recall: 1 });
      expect(vInfo(perfect, truth, { thin }).score).toBeCloseTo(1, 12);
    }
    expect(randError(perfect, truth)).toMatchObject({ challenge: 0, best: { error: 0 } });
  });

  test("a merger costs precision: two cells of 6 pixels in one of 12", () => {
    // Σ a² = 72, Σ b² = 144.
    const score = vRand(merged, truth, at);
    expect(score).toMatchObject({ precision: 72 / 144, recall: 1 });
    expect(score.score).toBeCloseTo(144 / 216, 12);
    const { best } = randError(merged, truth, at);
    // Of 66 pairs, 36 lie in different cells.
    expect(best.error).toBeCloseTo(36 / 66, 12);
    expect(vInfo(merged, truth, at)).toMatchObject({ score: 0, precision: 1, recall: 0 });
  });

  test("a split costs recall: one cell of 6 in two of 3", () => {
    const split = tenths("99", "99", "99", "00", "99", "99", "99");
    const whole = labels("11", "11", "11", "11", "11", "11", "11");
    // Two objects of 6 and two border pixels that count for themselves: Σ m² = 74, Σ a² = 196.
    const { precision, recall } = vRand(split, whole, { ...at, thin: false });
    expect(precision).toBe(1);
    expect(recall).toBeCloseTo(74 / 196, 12);
    expect(vInfo(split, whole, { ...at, thin: false }).precision).toBe(1);
  });

  test("thinning grows cells over thick borders until they meet", () => {
    const thick = tenths("90009", "90009", "90009");
    // Thinned: 1 1 0 2 2 in each row, as the truth.
    expect(vRand(thick, truth, at).score).toBe(1);
    expect(vRand(thick, truth, { ...at, thin: false }).recall).toBeLessThan(1);
  });

  test("nothing found is one basin; all foreground too", () => {
    const nothing = tenths("00000", "00000", "00000");
    expect(vRand(nothing, truth, at).score).toBeCloseTo(vRand(merged, truth, at).score, 12);
  });

  test("ignored pixels are left out", () => {
    const unknown = labels("1x011", "1x011", "1x0xx");
    const split = tenths("90099", "90099", "90090");
    expect(vRand(split, unknown, { ...at, thin: false })).toMatchObject({
      score: 1,
      precision: 1,
      recall: 1,
    });
    expect(randError(split, unknown, at).best.error).toBe(0);
  });

  test("the slices' counts are summed, or their scores averaged", () => {
    // Σ m² = 72, Σ a² = 72, Σ b² = 72 of the first; 72, 72, 144 of the second.
    const micro = vRand([perfect, merged], [truth, truth], at);
    expect(micro.score).toBeCloseTo(288 / (144 + 216), 12);
    const macro = vRand([perfect, merged], [truth, truth], { ...at, average: "macro" });
    expect(macro.score).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  test("the best threshold is taken, and said", () => {
    const unsure = tenths("99399", "99399", "99399");
    expect(vRand(unsure, truth)).toMatchObject({ score: 1, threshold: 0.4 });
  });
});

test("Otsu's threshold parts two peaks, and a constant image has its value", () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => (i < 60 ? 10 + (i % 5) : 200 + (i % 7)));
  const threshold = otsuThreshold({ width: 10, height: 10, channels: 1, data });
  expect(data.filter((value) => value > threshold)).toHaveLength(40);
  expect(otsuThreshold({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 7) })).toBe(7);
});
