import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LabelImage, readLabelStack, readStack } from "@unet/image";
import {
  detMeasure,
  pixelError,
  randError,
  segMeasure,
  type TopologyErrors,
  traMeasure,
  vInfo,
  vRand,
  warpingError,
} from "@unet/metrics";
import { describe, expect, test } from "vitest";
import { thinBorders } from "../src/isbi2012/thin-borders.js";
import { warpTruth } from "../src/isbi2012/warp.js";
import { foregroundAbove, sliceOf } from "../src/slices.js";

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

describe.skipIf(needs)(`Pictures of the challenge's software${needs}`, () => {
  test.each(proposals)("%s: basins and warped truth of slice 0 at 0.5, pixel by pixel", async (name) => {
    const picture = async (kind: string) =>
      (await readLabelStack(join(reference, "isbi", `${name}-slice0-t0.5-${kind}.tif`)))[0].data;
    const [prediction] = await readStack(join(reference, "isbi", `${name}.tif`));
    const [truth] = await readLabelStack(join(data, "isbi2012/train-labels.tif"));
    const slice = sliceOf(prediction, truth, {}, "test");

    expect(warpTruth(slice, 0.5).warped).toEqual(Uint8Array.from(await picture("warped"), (v) => v / 255));

    const ours = thinBorders(foregroundAbove(slice, 0.5), slice.width, slice.height);
    const theirs = await picture("basins");
    const pairs = new Set(ours.map((basin, i) => basin * 2 ** 12 + theirs[i]));
    // The numbers differ, but each basin is one of theirs, and dams are dams.
    expect(pairs.size).toBe(new Set(ours).size);
    expect(pairs.size).toBe(new Set(theirs).size);
    expect(ours.every((basin, i) => (basin === 0) === (theirs[i] === 0))).toBe(true);
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

describe.skipIf(needs)(`Cell Tracking Challenge${needs}`, () => {
  const folder = join(data, "ctc/PhC-C2DH-U373");
  const results = () => JSON.parse(readFileSync(join(reference, "ctc-metrics.json"), "utf8")).results;
  const open = (frames: number[], path: (frame: string) => string) =>
    Promise.all(frames.map(async (frame) => (await readLabelStack(path(String(frame).padStart(3, "0"))))[0]));
  const gold = (frame: string) => join(folder, "02_GT/SEG", `man_seg${frame}.tif`);
  const silver = (frame: string) => join(folder, "02_ST/SEG", `man_seg${frame}.tif`);
  const markers = (frame: string) => join(folder, "02_GT/TRA", `man_track${frame}.tif`);

  test.each(["silver", "silver6", "eroded", "merged", "split"])("SEG and DET: %s", async (name) => {
    const expected = results()[name];
    const path = name.startsWith("silver")
      ? silver
      : (frame: string) => join(reference, "ctc", name, `mask${frame}.tif`);

    const { segFrames, detFrames } = expected;
    const seg = segMeasure(await open(segFrames, path), await open(segFrames, gold));
    close(seg.score, expected.SEG);
    expect(seg.objects).toHaveLength(expected.segObjects);

    const det = detMeasure(await open(detFrames, path), await open(detFrames, markers));
    close(det.score, expected.DET);
    const { num_vertices_R, FN, FP, NS } = expected.counts;
    const errors = { markers: num_vertices_R, missing: FN, superfluous: FP, splits: NS };
    expect(det).toMatchObject({ ...errors, cost: expected.AOGM_D });
  });

  test.each(["silverTRA", "editedTRA"])("TRA: %s", async (name) => {
    const { metrics, edits = [], resultTracks } = results()[name];
    const frames = Array.from({ length: 60 }, (_, frame) => frame);
    const labels = await open(frames, silver);
    for (const edit of edits as Edit[]) applyEdit(labels, edit);
    const prediction = { labels, tracks: tracksOf(resultTracks) };
    const truth = { labels: await open(frames, markers), tracks: tracksOf(results().truthTracksTruncated) };
    const found = traMeasure(prediction, truth);
    close(found.score, metrics.TRA);
    close(detMeasure(labels, truth.labels).score, metrics.DET);
    expect(found).toMatchObject({
      cost: metrics.AOGM,
      markers: metrics.num_vertices,
      edges: metrics.num_edges,
      missing: metrics.AOGM_FN,
      superfluous: metrics.AOGM_FP,
      splits: metrics.AOGM_NS,
      superfluousEdges: metrics.AOGM_ED,
      missingEdges: metrics.AOGM_EA,
      wrongEdges: metrics.AOGM_EC,
    });
  });
});

const tracksOf = (rows: number[][]) =>
  rows.map(([label, first, last, parent]) => ({ label, first, last, parent }));

type Edit = { frames: [first: number, last: number] } & (
  | { op: "exchange"; a: number; b: number }
  | { op: "delete"; label: number }
  | { op: "relabel"; from: number; to: number }
  | { op: "rectangle"; rect: [y0: number, x0: number, y1: number, x1: number]; label: number }
);

function applyEdit(stack: LabelImage[], edit: Edit): void {
  const [first, last] = edit.frames;
  for (const { width, data } of stack.slice(first, last + 1)) {
    for (let i = 0; i < data.length; i++) {
      if (edit.op === "exchange")
        data[i] = data[i] === edit.a ? edit.b : data[i] === edit.b ? edit.a : data[i];
      else if (edit.op === "delete") data[i] = data[i] === edit.label ? 0 : data[i];
      else if (edit.op === "relabel") data[i] = data[i] === edit.from ? edit.to : data[i];
      else {
        const [y0, x0, y1, x1] = edit.rect;
        const [y, x] = [Math.floor(i / width), i % width];
        if (y >= y0 && y < y1 && x >= x0 && x < x1) data[i] = edit.label;
      }
    }
  }
}
