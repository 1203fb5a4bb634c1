import { detMeasure, traMeasure } from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { labels } from "./rows.js";

describe("DET", () => {
  const truth = labels("11223300");

  test("one object over two markers, one marker missed, one object too many", () => {
    expect(detMeasure(labels("11110008"), truth)).toEqual({
      score: 1 - 16 / 30,
      cost: 16,
      markers: 3,
      missing: 1,
      superfluous: 1,
      splits: 1,
    });
  });

  test("perfect is 1, nothing is 0, and worse than nothing is 0 too", () => {
    expect(detMeasure(truth, truth).score).toBe(1);
    expect(detMeasure(labels("00000000"), truth)).toMatchObject({ score: 0, missing: 3 });
    expect(detMeasure(labels("10234567"), labels("00110000"))).toMatchObject({ score: 0, cost: 17 });
    expect(detMeasure(truth, labels("00000000")).score).toBeNaN();
  });

  test("half a marker is no match; ignored pixels are left out; images are pooled", () => {
    expect(detMeasure(labels("1000"), labels("1100"))).toMatchObject({ missing: 1, superfluous: 1 });
    expect(detMeasure(labels("1102"), labels("11xx"))).toMatchObject({ score: 1, superfluous: 0 });
    const both = detMeasure([labels("11"), labels("00")], [labels("11"), labels("11")]);
    expect(both).toMatchObject({ score: 0.5, markers: 2, missing: 1 });
  });
});

describe("TRA", () => {
  const track = (label: number, first: number, last: number, parent = 0) => ({ label, first, last, parent });
  // Cell 1 divides into 2 and 3.
  const frames = [labels("1100"), labels("1100"), labels("2233")];
  const truth = { labels: frames, tracks: [track(1, 0, 1), track(2, 2, 2, 1), track(3, 2, 2, 1)] };

  test("perfect is 1, nothing is 0", () => {
    expect(traMeasure(truth, truth)).toMatchObject({ score: 1, cost: 0, markers: 4, edges: 3 });
    const nothing = { labels: frames.map(() => labels("0000")), tracks: [] };
    expect(traMeasure(nothing, truth)).toMatchObject({ score: 0, cost: 44.5, missing: 4, missingEdges: 3 });
  });

  test("frames of a table that aren't there add nothing, and take no time", () => {
    const tracks = [...truth.tracks, track(9, 0, 2 ** 53), track(10, 2 ** 52, 2 ** 53)];
    expect(traMeasure({ labels: frames, tracks }, truth)).toMatchObject({ score: 1, edges: 3 });
  });

  test("a daughter without its mother lacks an edge", () => {
    const tracks = [track(1, 0, 1), track(2, 2, 2), track(3, 2, 2, 1)];
    const { score, cost, missingEdges } = traMeasure({ labels: frames, tracks }, truth);
    expect([cost, missingEdges]).toEqual([1.5, 1]);
    expect(score).toBeCloseTo(1 - 1.5 / 44.5, 12);
  });

  test("a daughter that goes on as its mother is an edge of the wrong kind", () => {
    const prediction = {
      labels: [frames[0], frames[1], labels("1133")],
      tracks: [track(1, 0, 2), track(3, 2, 2)],
    };
    expect(traMeasure(prediction, truth)).toMatchObject({ wrongEdges: 1, missingEdges: 1, cost: 2.5 });
  });

  test("two cells that change names: two edges too many, two missing", () => {
    const tracks = [track(1, 0, 1), track(2, 0, 1)];
    const straight = { labels: [labels("1122"), labels("1122")], tracks };
    const crossed = { labels: [labels("1122"), labels("2211")], tracks };
    const { score, ...found } = traMeasure(crossed, straight);
    expect(found).toMatchObject({ superfluousEdges: 2, missingEdges: 2, cost: 5 });
    expect(score).toBeCloseTo(1 - 5 / 43, 12);
  });

  test("edges of an object over two markers don't count", () => {
    const tracks = [track(1, 0, 1), track(2, 0, 1)];
    const two = { labels: [labels("1122"), labels("1122")], tracks };
    const one = { labels: [labels("1111"), labels("1111")], tracks: [track(1, 0, 1)] };
    expect(traMeasure(one, two)).toMatchObject({ splits: 2, superfluousEdges: 0, missingEdges: 2, cost: 13 });
  });

  test("refuses tables that contradict the images or themselves", () => {
    const withTracks = (...tracks: ReturnType<typeof track>[]) => ({ labels: frames, tracks });
    expect(() => traMeasure(truth, withTracks(track(1, 0, 1), track(2, 2, 2)))).toThrow(
      "traMeasure, truth: object 3 is in frame 2, but the track table has no row for it",
    );
    expect(() => traMeasure(withTracks(track(1, 0, 0), track(2, 2, 2), track(3, 2, 2)), truth)).toThrow(
      "traMeasure, prediction: object 1 is in frame 1, but the track table has frames 0 to 0 of it",
    );
    expect(() => traMeasure(withTracks(...truth.tracks, track(3, 2, 2)), truth)).toThrow(
      "traMeasure, prediction: label 3 has two rows in the track table",
    );
    expect(() => traMeasure(withTracks(track(1, 0, 1), track(2, 2, 2, 9), track(3, 2, 2)), truth)).toThrow(
      "track 2 begins in frame 2 from track 9, which has no row",
    );
    expect(() => traMeasure(withTracks(track(1, 0, 1), track(2, 2, 2, 3), track(3, 2, 2)), truth)).toThrow(
      "track 2 begins in frame 2 from track 3, which ends in frame 2, not before",
    );
    expect(() => traMeasure({ labels: [frames[0]], tracks: [] }, truth)).toThrow(
      "traMeasure: 1 predictions for 3 truths",
    );
  });
});
