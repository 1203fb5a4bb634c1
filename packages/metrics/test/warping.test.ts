import { connectedComponents } from "@unet/image";
import { warpingError } from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { ring, simplePoints } from "../src/isbi2012/simple-point.js";
import { labels, tenths } from "./rows.js";

const at = { thresholds: [0.5] };
const none = {
  objectAdditions: 0,
  objectDeletions: 0,
  holeAdditions: 0,
  holeDeletions: 0,
  mergers: 0,
  splits: 0,
};

test("a pixel is simple where one piece of each side touches it, in all 256 neighbourhoods", () => {
  for (let bits = 0; bits < 256; bits++) {
    const foreground = labels("000", "000", "000");
    const background = labels("111", "101", "111");
    for (const [k, [dy, dx]] of ring.entries()) {
      const i = 4 + 3 * dy + dx;
      foreground.data[i] = (bits >> k) & 1;
      background.data[i] = 1 - foreground.data[i];
    }
    const pieces = connectedComponents(foreground, { connectivity: 4 }).data;
    const touching = new Set([1, 3, 5, 7].map((i) => pieces[i]).filter((label) => label > 0));
    const around = Math.max(...connectedComponents(background, { connectivity: 8 }).data);
    expect(simplePoints[bits], bits.toString(2)).toBe(touching.size === 1 && around === 1 ? 1 : 0);
  }
});

describe("warping error", () => {
  const truth = labels("11011", "11011", "11011");

  test("a border may lie elsewhere at no cost", () => {
    const perfect = tenths("99099", "99099", "99099");
    const moved = tenths("90999", "90999", "90999");
    for (const prediction of [perfect, moved]) {
      expect(warpingError(prediction, truth)).toMatchObject({
        challenge: 0,
        best: { error: 0, pixels: none },
      });
    }
  });

  test("a border that is lost merges", () => {
    const { best, challenge } = warpingError(tenths("99999", "99999", "99999"), truth, at);
    expect(best).toEqual({
      threshold: 0.5,
      error: 3 / 15,
      splitsAndMergers: 3 / 15,
      pixels: { ...none, mergers: 3 },
      groups: { ...none, mergers: 1 },
    });
    expect(challenge).toBe(3 / 15);
  });

  test("a border too many splits: all of it is taken over but the last pixel", () => {
    const whole = labels("11111", "11111", "11111");
    const { best } = warpingError(tenths("99099", "99099", "99099"), whole, at);
    expect(best.pixels).toEqual({ ...none, splits: 1 });
    expect(best.error).toBe(1 / 15);
  });

  test("nothing found deletes both cells, one pixel left of each", () => {
    const { best, challenge } = warpingError(tenths("00000", "00000", "00000"), truth, at);
    expect(best.pixels).toEqual({ ...none, objectDeletions: 2 });
    expect(best.error).toBe(2 / 15);
    expect(challenge).toBe(0);
  });

  test("objects and holes, lost and added", () => {
    const [full, holed] = [labels("111", "111", "111"), labels("111", "101", "111")];
    const [empty, dot] = [labels("000", "000", "000"), labels("000", "010", "000")];
    const [all, ring] = [tenths("999", "999", "999"), tenths("999", "909", "999")];
    const [nothing, one] = [tenths("000", "000", "000"), tenths("000", "090", "000")];
    expect(warpingError(ring, full, at).best.groups).toEqual({ ...none, holeAdditions: 1 });
    expect(warpingError(all, holed, at).best.groups).toEqual({ ...none, holeDeletions: 1 });
    expect(warpingError(one, empty, at).best.groups).toEqual({ ...none, objectAdditions: 1 });
    expect(warpingError(nothing, dot, at).best.groups).toEqual({ ...none, objectDeletions: 1 });
  });

  test("a cut that a detour joins is a split near by, a hole in the whole", () => {
    // A ring round a hole, cut below: its ends meet the long way round.
    const ring = labels("1111111", "1000001", "1000001", "1000001", "1111111");
    const cut = tenths("9999999", "9000009", "9000009", "9000009", "9990999");
    const near = warpingError(cut, ring, { ...at, radius: 1 });
    expect(near.best.pixels).toEqual({ ...none, splits: 1 });
    const whole = warpingError(cut, ring, { ...at, radius: Number.POSITIVE_INFINITY });
    expect(whole.best.pixels).toEqual({ ...none, holeDeletions: 1 });
  });

  test("ignored pixels are left out, and slices are summed", () => {
    const merged = tenths("99999", "99999", "99999");
    expect(warpingError(merged, labels("11x11", "11x11", "11x11")).best.error).toBe(0);
    const { best } = warpingError([merged, merged], [truth, labels("11x11", "11x11", "11x11")], at);
    expect(best.error).toBe(3 / 15 / 2);
    expect(best.splitsAndMergers).toBe(3 / 27);
  });

  test("refuses a radius below 1", () => {
    const prediction = tenths("99099", "99099", "99099");
    expect(() => warpingError(prediction, truth, { radius: 0 })).toThrow(
      "warpingError: radius must be 1 px or more, got 0",
    );
  });
});
