import { connectedComponents, type Image, type LabelImage, type Sample } from "@unet/image";
import type { Aim } from "@unet/inference";
import { separateTouching } from "@unet/loss/weight-map";
import { instanceScores, pixelError, segMeasure, vInfo, vRand } from "@unet/metrics";
import type { Result } from "./results.js";

/** Judges results by counts of each image, which can be pooled over any images. */
export interface Judge<Counts = unknown> {
  /** Prepares the truth of an image, and counts what each result of it has right. */
  of(sample: Sample): (result: Result) => Counts;
  /** Measures by name of one image or more. */
  pool(images: readonly Counts[]): Record<string, number>;
  /** The one number, the higher the better, by which a choice is made. */
  value(measures: Record<string, number>): number;
}

/** The judge of an aim. */
export function judgeOf(aim: Aim, classes: number): Judge {
  const judges = { instances, membranes, classes: judgeOfClasses(classes) };
  return judges[aim] as Judge;
}

interface ObjectCounts {
  tp: number;
  fp: number;
  fn: number;
  /** Sum of the Jaccard indices of the true objects. */
  jaccard: number;
}

const instances: Judge<ObjectCounts> = {
  of(sample) {
    const truth = sample.kind === "instances" ? sample.labels : connectedComponents(sample.labels);
    return ({ labels }) => {
      const [at] = instanceScores(labels, truth, { thresholds: [0.5] }).perThreshold;
      const { objects } = segMeasure(labels, truth);
      return {
        tp: at.truePositives,
        fp: at.falsePositives,
        fn: at.falseNegatives,
        jaccard: objects.reduce((sum, each) => sum + each.jaccard, 0),
      };
    };
  },
  pool(images) {
    const sum = (name: keyof ObjectCounts) => images.reduce((total, image) => total + image[name], 0);
    const [tp, fp, fn] = [sum("tp"), sum("fp"), sum("fn")];
    const share = (part: number, all: number) => (all === 0 ? 1 : part / all);
    return {
      f1: share(2 * tp, 2 * tp + fp + fn),
      seg: sum("jaccard") / (tp + fn),
      precision: share(tp, tp + fp),
      recall: share(tp, tp + fn),
      found: tp + fp,
      objects: tp + fn,
    };
  },
  value: ({ f1, seg }) => (Number.isNaN(seg) ? f1 : (f1 + seg) / 2),
};

interface MembraneCounts {
  rand: unknown;
  info: unknown;
  wrong: unknown;
}

const half = { thresholds: [0.5] };

const membranes: Judge<MembraneCounts> = {
  of({ labels: given, kind }) {
    const cells = kind === "instances" ? separateTouching(given) : given;
    const truth: LabelImage = { ...cells, data: cells.data.map((label) => Math.min(label, 1)) };
    let wrong: unknown;
    return ({ labels, map }) => {
      wrong ??= pixelError.count(map!, truth, half);
      const { width, height } = labels;
      const data = Float32Array.from(labels.data, (label) => (label > 0 ? 1 : 0));
      const found: Image = { width, height, channels: 1, data };
      return { rand: vRand.count(found, truth, half), info: vInfo.count(found, truth, half), wrong };
    };
  },
  pool(images) {
    const parts = (name: keyof MembraneCounts) => images.map((image) => image[name]);
    return {
      vrand: vRand.pool(parts("rand"), half).score,
      vinfo: vInfo.pool(parts("info"), half).score,
      wrong: pixelError.pool(parts("wrong"), half).perThreshold[0].error,
    };
  },
  value: ({ vrand, vinfo }) => (vrand + vinfo) / 2,
};

/** Of each class: pixels where it is on both sides, and on either. */
interface ClassCounts {
  both: number[];
  either: number[];
}

function judgeOfClasses(classes: number): Judge<ClassCounts> {
  return {
    of:
      ({ labels: truth }) =>
      ({ labels: found }) => {
        const both = new Array<number>(classes).fill(0);
        const either = new Array<number>(classes).fill(0);
        for (let i = 0; i < truth.data.length; i++) {
          const [expected, label] = [truth.data[i], found.data[i]];
          if (expected < 0) continue;
          either[expected]++;
          if (label === expected) both[label]++;
          else either[label]++;
        }
        return { both, either };
      },
    pool(images) {
      const sum = (name: keyof ClassCounts, label: number) =>
        images.reduce((total, image) => total + image[name][label], 0);
      const ious = Array.from({ length: classes }, (_, label) => sum("both", label) / sum("either", label));
      const present = ious.slice(1).filter((iou) => !Number.isNaN(iou));
      const mean = present.reduce((total, iou) => total + iou, 0) / present.length;
      const named = ious.map((iou, label): [string, number] => [`iou${label}`, iou]).slice(1);
      return { miou: present.length === 0 ? 1 : mean, ...Object.fromEntries(named) };
    },
    value: ({ miou }) => miou,
  };
}
