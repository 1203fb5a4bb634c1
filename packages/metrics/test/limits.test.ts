import type { Image, LabelImage } from "@unet/image";
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
import { expect, test } from "vitest";

/** Two cells of 4 × 8 px with a membrane of 1 px between them, as objects. */
const [width, height] = [9, 8];
const labelsOf = (at: (x: number) => number): LabelImage => {
  const data = Int32Array.from({ length: width * height }, (_, i) => at(i % width));
  return { width, height, data };
};
const cells = labelsOf((x) => (x < 4 ? 1 : x > 4 ? 2 : 0));
const classes = labelsOf((x) => (x === 4 ? 0 : 1));

const probabilityOf = ({ data }: LabelImage): Image => {
  return { width, height, channels: 1, data: Float32Array.from(data) };
};
const one = { label: 1, first: 0, last: 0, parent: 0 };
const two = { ...one, label: 2 };

const predictions = {
  perfect: { objects: cells, membranes: classes, tracks: [one, two] },
  empty: { objects: labelsOf(() => 0), membranes: labelsOf(() => 0), tracks: [] },
  "all foreground": { objects: labelsOf(() => 1), membranes: labelsOf(() => 1), tracks: [one] },
};

/** Of the 64 pixels of true foreground in 72; two cells of 32 have 2·32² = 2048 pairs, 64 joined 4096. */
const expected: Record<keyof typeof predictions, Record<string, number>> = {
  perfect: {
    iou: 1,
    dice: 1,
    seg: 1,
    det: 1,
    tra: 1,
    f1: 1,
    averagePrecision: 1,
    pixel: 0,
    rand: 0,
    warping: 0,
    vRand: 1,
    vInfo: 1,
  },
  empty: {
    iou: 0,
    dice: 0,
    seg: 0,
    det: 0,
    tra: 0,
    f1: 0,
    averagePrecision: 0,
    // Each pixel is an object of its own; after thinning without any border all is one basin; of each cell the
    // last pixel stays.
    pixel: 1,
    rand: 1 - (2 * 64) / (2048 + 64),
    warping: 0,
    vRand: 2 / 3,
    vInfo: 0,
  },
  "all foreground": {
    // One object over two markers is one split to undo: 5 of 20. No pair has an IoU above 32 / 72.
    iou: 64 / 72,
    dice: 128 / 136,
    seg: 32 / 72,
    det: 0.75,
    tra: 0.75,
    f1: 0,
    averagePrecision: 0,
    // Every pixel of the membrane would join the cells.
    ...{
      pixel: 1 - 128 / 136,
      rand: 1 - (2 * 2048) / (2048 + 4096),
      warping: 8 / 72,
      vRand: 2 / 3,
      vInfo: 0,
    },
  },
};

test.each(Object.keys(predictions) as Array<keyof typeof predictions>)("%s", (name) => {
  const { objects, membranes, tracks } = predictions[name];
  const probability = probabilityOf(membranes);
  const { f1, averagePrecision } = instanceScores(objects, cells);
  const found: Record<string, number> = {
    iou: iou(membranes, classes),
    dice: dice(membranes, classes),
    seg: segMeasure(objects, cells).score,
    det: detMeasure(objects, cells).score,
    tra: traMeasure({ labels: [objects], tracks }, { labels: [cells], tracks: [one, two] }).score,
    f1,
    averagePrecision,
    pixel: pixelError(probability, classes).challenge,
    rand: randError(probability, classes).challenge,
    warping: warpingError(probability, classes).challenge,
    vRand: vRand(probability, classes).score,
    vInfo: vInfo(probability, classes).score,
  };
  for (const [measure, value] of Object.entries(expected[name])) {
    expect(found[measure], measure).toBeCloseTo(value, 12);
  }
});
