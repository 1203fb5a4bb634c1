import {
  detMeasure,
  dice,
  instanceScores,
  iou,
  pixelError,
  randError,
  segMeasure,
  traMeasure,
  vInfo,
  vRand,
  warpingError,
} from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { labels, tenths } from "./rows.js";

const truths = [labels("11011", "11011"), labels("11110", "11110"), labels("10101", "1x101")];

describe("one image after the other, from whatever yields them", () => {
  const found = [labels("11022", "11022"), labels("11220", "11220"), labels("11111", "11111")];
  const probable = [tenths("99199", "99199"), tenths("99290", "98390"), tenths("96909", "97909")];

  test.each(Object.entries({ iou, dice, segMeasure, detMeasure, instanceScores }))("%s", (name, measure) => {
    expect(measure.name).toBe(name);
    const whole = measure(found, truths);
    expect(measure(found.values(), truths.values())).toEqual(whole);
    const stream = measure.stream();
    const each = found.map((image, i) => stream.add(image, truths[i]));
    expect(stream.result()).toEqual(whole);
    expect(each).toEqual(found.map((image, i) => measure(image, truths[i])));
    const parts = found.map((image, i) => measure.count(image, truths[i]));
    expect(measure.pool(parts)).toEqual(whole);
    expect(measure.pool(parts.slice(1))).toEqual(measure(found.slice(1), truths.slice(1)));
  });

  test.each(Object.entries({ pixelError, randError, warpingError, vRand, vInfo }))("%s", (name, measure) => {
    expect(measure.name).toBe(name);
    const whole = measure(probable, truths, { thresholds: [0.5, 0.8] });
    expect(measure(probable.values(), truths.values(), { thresholds: [0.5, 0.8] })).toEqual(whole);
    const stream = measure.stream({ thresholds: [0.5, 0.8] });
    const each = probable.map((image, i) => stream.add(image, truths[i]));
    expect(stream.result()).toEqual(whole);
    expect(each).toEqual(probable.map((image, i) => measure(image, truths[i], { thresholds: [0.5, 0.8] })));
    const options = { thresholds: [0.5, 0.8] };
    const parts = probable.map((image, i) => measure.count(image, truths[i], options));
    expect(measure.pool(parts, options)).toEqual(whole);
    expect(measure.pool([parts[2], parts[0]], options)).toEqual(
      measure([probable[2], probable[0]], [truths[2], truths[0]], options),
    );
  });

  test("traMeasure", () => {
    const track = (label: number, last: number) => ({ label, first: 0, last, parent: 0 });
    const tracks = { prediction: [track(1, 2), track(2, 1)], truth: [track(1, 2)] };
    const stream = traMeasure.stream(tracks);
    for (const [i, image] of found.entries()) stream.add(image, truths[i]);
    const [prediction, truth] = [
      { labels: found.values(), tracks: tracks.prediction },
      { labels: truths, tracks: tracks.truth },
    ];
    expect(stream.result()).toEqual(traMeasure(prediction, truth));
    expect(stream.result()).toMatchObject({ markers: 3, edges: 2, missing: 2 });
  });

  test("as many predictions as truths, and one or more", () => {
    expect(() => iou(found.values(), truths.slice(1).values())).toThrow("iou: 3 predictions for 2 truths");
    expect(() => vRand(probable.slice(2).values(), truths)).toThrow("vRand: 1 predictions for 3 truths");
    expect(() => dice.stream().result()).toThrow("dice: there is no image to measure");
    expect(() => dice.pool([])).toThrow("dice: there is no image to measure");
    expect(() => vRand.count(probable[0], labels("1"))).toThrow("vRand: image 0 is 5 × 2 in the prediction");
    expect(() => segMeasure.stream().add(found[0], labels("1"))).toThrow(
      "segMeasure: image 0 is 5 × 2 in the prediction and 1 × 1 in the truth",
    );
  });
});
