import type { Image, LabelImage } from "@unet/image";
import {
  classScores,
  dice,
  instanceScores,
  iou,
  type Measure,
  type MeasureStream,
  pixelError,
  randError,
  type Score,
  segMeasure,
  type ThresholdOptions,
  vInfo,
  vRand,
} from "@unet/metrics";
import type { SegmentedImage } from "./segmented-image.js";

/** A measure of images that come one after the other: which way is better, and how it is taken. */
export interface RunMeasure {
  better: "higher" | "lower";
  start(): RunningMeasure;
}

/** A measure that is fed image by image; it keeps counts, not images. */
export interface RunningMeasure {
  add(image: SegmentedImage): void;
  value(): number;
}

const half: ThresholdOptions = { thresholds: [0.5] };

const measures = {
  /** Weighted cross-entropy, which is taken in any case. */
  loss: { better: "lower", start: () => ({ add: () => {}, value: () => Number.NaN }) },
  /** Intersection over union of all foreground, from one half on. */
  iou: {
    better: "higher",
    start: () => streamed(iou.stream(), Number, (image) => [aboveHalf(image), image.trueForeground]),
  },
  /** Dice coefficient of all foreground, from one half on. */
  dice: {
    better: "higher",
    start: () => streamed(dice.stream(), Number, (image) => [aboveHalf(image), image.trueForeground]),
  },
  /** Mean IoU of the classes from 1 on. */
  miou: {
    better: "higher",
    start: () =>
      streamed(
        classScores.stream(),
        ({ iou }) => iou,
        (image) => [image.classes, image.trueClasses],
      ),
  },
  /** SEG of the Cell Tracking Challenge. */
  seg: {
    better: "higher",
    start: () =>
      streamed(
        segMeasure.stream(),
        ({ score }) => score,
        (image) => [image.objects, image.trueObjects],
      ),
  },
  /** F1 of objects at an IoU above 0.5, counted over all images together. */
  f1: {
    better: "higher",
    start: () =>
      streamed(
        instanceScores.stream(half),
        ({ f1 }) => f1,
        (image) => [image.objects, image.trueObjects],
      ),
  },
  /** 1 − the largest F-score of pixels over thresholds (ISBI 2012). */
  pixel: {
    better: "lower",
    start: () =>
      streamed(
        pixelError.stream(),
        ({ challenge }) => challenge,
        (image) => [image.foreground, image.trueForeground],
      ),
  },
  /** 1 − the largest F-score of pairs of pixels over thresholds (ISBI 2012). */
  rand: {
    better: "lower",
    start: () =>
      streamed(
        randError.stream(),
        ({ challenge }) => challenge,
        (image) => [image.foreground, image.trueForeground],
      ),
  },
  /** V^Rand after thinning: of what the task finds, without a task the largest over thresholds. */
  vrand: { better: "higher", start: () => ofRegions(vRand) },
  /** V^Info after thinning: of what the task finds, without a task the largest over thresholds. */
  vinfo: { better: "higher", start: () => ofRegions(vInfo) },
} satisfies Record<string, RunMeasure>;

/**
 * The measures that evaluations can be compared by: the loss, or one of `@unet/metrics`. With a task `"f1"`, `"seg"`, `"vrand"`,
 * `"vinfo"` and `"miou"` judge what the task makes.
 */
export type MeasureName = keyof typeof measures;

/** Every {@link MeasureName}. */
export const measureNames = Object.keys(measures) as MeasureName[];

/** The measure of a name, or one of the caller's own. */
export function measureNamed(name: string, own: Record<string, RunMeasure> = {}): RunMeasure {
  return Object.hasOwn(measures, name) ? measures[name as MeasureName] : own[name];
}

/** Whether `value` of a measure is better than `best`; NaN is never better. */
export function isBetter({ better }: RunMeasure, value: number, best: number): boolean {
  return better === "higher" ? value > best : value < best;
}

/** A stream of `@unet/metrics` that is fed with two maps of each image. */
function streamed<Prediction, Truth, Result>(
  stream: { add(prediction: Prediction, truth: Truth): Result; result(): Result },
  numberOf: (result: Result) => number,
  pairOf: (image: SegmentedImage) => [Prediction, Truth],
): RunningMeasure {
  return {
    add: (image) => void stream.add(...pairOf(image)),
    value: () => numberOf(stream.result()),
  };
}

function ofRegions(measure: Measure<Image, Score, ThresholdOptions>): RunningMeasure {
  let stream: MeasureStream<Image, Score> | undefined;
  return {
    add(image) {
      stream ??= measure.stream(image.isDecided ? half : {});
      stream.add(image.regions, image.trueRegions);
    },
    value: () => stream?.result().score ?? Number.NaN,
  };
}

function aboveHalf({ foreground: { width, height, data } }: SegmentedImage): LabelImage {
  return { width, height, data: Int32Array.from(data, (value) => (value >= 0.5 ? 1 : 0)) };
}
