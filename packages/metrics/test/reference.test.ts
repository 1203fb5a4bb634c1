import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LabelImage, readLabelStack, readStack } from "@unet/image";
import {
  pixelError,
  randError,
  segMeasure,
  type TopologyErrors,
  vInfo,
  vRand,
  warpingError,
} from "@unet/metrics";
import { describe, expect, test } from "vitest";

const reference = process.env.UNET_REFERENCE ?? "../shared/reference";
const data = process.env.UNET_DATA ?? "../shared/data";
const missing = [existsSync(reference) ? "" : "UNET_REFERENCE", existsSync(data) ? "" : "UNET_DATA"].filter(
  Boolean,
);
const needs = missing.length > 0 ? ` (needs ${missing.join(" and ")})` : "";
const close = (ours: number, theirs: number) => expect(Math.abs(ours - theirs)).toBeLessThan(1e-9);

const proposals = ["proposal1-gauss3", "proposal2-breaks", "proposal3-thick"];

describe.skipIf(needs)(`ISBI 2012, as the challenge's own software computes it${needs}`, () => {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(reference, file), "utf8"));

  const open = async (name: string) => ({
    expected: read<{ proposals: Record<string, Proposal> }>("isbi-metrics.json").proposals[name],
    prediction: await readStack(join(reference, "isbi", `${name}.tif`)),
    truth: (await readLabelStack(join(data, "isbi2012/train-labels.tif"))).slice(0, 4).map(
      ({ width, height, data }): LabelImage => ({
        width,
        height,
        data: data.map((v) => (v > 0 ? 1 : 0)),
      }),
    ),
  });

  test.each(proposals)("%s: pixels, pairs and information", async (name) => {
    const { expected, prediction, truth } = await open(name);
    const pixels = pixelError(prediction, truth);
    const rand = randError(prediction, truth);
    for (const [i, at] of expected.perThreshold.entries()) {
      const { threshold } = at;
      const thresholds = [threshold];
      close(pixels.perThreshold[i].error, at.pixelError);
      close(pixels.perThreshold[i].fScore, at.pixelStats.fScore);
      close(rand.perThreshold[i].error, at.fgRandErrorPairs);
      close(rand.perThreshold[i].precision, at.fgRandStatsN2.precision);
      close(rand.perThreshold[i].recall, at.fgRandStatsN2.recall);
      close(rand.perThreshold[i].fScore, at.fgRandStatsN2.fScore);
      const micro = vRand(prediction, truth, { thresholds });
      close(micro.score, at.vRandThinnedMicro.fScore);
      close(micro.precision, at.vRandThinnedMicro.precision);
      close(micro.recall, at.vRandThinnedMicro.recall);
      close(vRand(prediction, truth, { thresholds, average: "macro" }).score, at.vRandThinnedMacroFScore);
      close(vInfo(prediction, truth, { thresholds }).score, at.vInfoThinned);
    }
    const { overThresholds } = expected;
    close(pixels.best.error, overThresholds.minPixelError);
    close(pixels.challenge, 1 - overThresholds.maxPixelFScore);
    close(rand.challenge, 1 - overThresholds.maxFgRandN2FScore);
    close(vRand(prediction, truth).score, overThresholds.maxVRandThinnedMicro);
    close(vInfo(prediction, truth).score, overThresholds.maxVInfoThinned);
  });

  test.each(proposals)("%s: warping", async (name) => {
    const { expected, prediction, truth } = await open(name);
    const found = warpingError(prediction, truth);
    for (const [i, { warping }] of expected.perThreshold.entries()) {
      const { error, splitsAndMergers, pixels, groups } = found.perThreshold[i];
      close(error, warping.classic);
      close(splitsAndMergers, warping.radius20.byType.splitsAndMergersPerPixel);
      expect(pixels).toEqual(warping.radius20.byType.counts);
      expect(groups).toEqual(warping.radius20.byError.counts);
    }
    const { warping } = expected.overThresholds;
    close(found.best.error, warping.minClassic);
    close(found.challenge, warping.radius20.minSplitsMergersByType);

    const whole = warpingError(prediction, truth, { radius: Number.POSITIVE_INFINITY, thresholds: [0.5] });
    const atHalf = expected.perThreshold[4].warping.radiusWhole;
    expect(whole.best.pixels).toEqual(atHalf.byType.counts);
    expect(whole.best.groups).toEqual(atHalf.byError.counts);
  });
});

interface Proposal {
  perThreshold: Array<{
    threshold: number;
    warping: { classic: number } & Record<"radiusWhole" | "radius20", Record<"byType" | "byError", Errors>>;
    pixelError: number;
    pixelStats: { fScore: number };
    fgRandErrorPairs: number;
    fgRandStatsN2: { fScore: number; precision: number; recall: number };
    vRandThinnedMicro: { fScore: number; precision: number; recall: number };
    vRandThinnedMacroFScore: number;
    vInfoThinned: number;
  }>;
  overThresholds: Record<string, number> & {
    warping: { minClassic: number; radius20: { minSplitsMergersByType: number } };
  };
}

interface Errors {
  counts: TopologyErrors;
  splitsAndMergersPerPixel: number;
}

describe.skipIf(needs)(`Cell Tracking Challenge, SEG${needs}`, () => {
  const frames = [10, 26, 35, 49, 52, 59];
  const folder = join(data, "ctc/PhC-C2DH-U373");
  const numbered = (frame: number) => String(frame).padStart(3, "0");
  const stackOf = (path: (frame: string) => string) =>
    Promise.all(frames.map(async (frame) => (await readLabelStack(path(numbered(frame))))[0]));

  test.each(["eroded", "merged", "split"])("%s", async (name) => {
    const all = JSON.parse(readFileSync(join(reference, "ctc-metrics.json"), "utf8"));
    const expected = JSON.stringify(all.results?.[name] ?? all[name]);
    const prediction = await stackOf((frame) => join(reference, "ctc", name, `mask${frame}.tif`));
    const truth = await stackOf((frame) => join(folder, "02_GT/SEG", `man_seg${frame}.tif`));
    const score = /"SEG":\s*([\d.e-]+)/.exec(expected)?.[1];
    close(segMeasure(prediction, truth).score, Number(score));
  });
});
