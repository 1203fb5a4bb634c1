import { connectedComponents, type Image, type LabelImage, type Sample } from "@unet/image";
import { labelInstances } from "@unet/inference";
import { dice, iou, pixelError, randError, segMeasure, vInfo, vRand } from "@unet/metrics";

/** An image that was segmented, beside its truth. */
export interface Segmented {
  /** Probability of anything but background, one channel. */
  foreground: Image<Float32Array>;
  /** The labels as they were given, not as they are trained on. */
  truth: Pick<Sample, "labels" | "kind">;
}

/** A measure over images: which way is better, and how it is taken. */
interface Measure {
  better: "higher" | "lower";
  take(images: readonly Segmented[]): number;
}

const measures = {
  /** Weighted cross-entropy, which `weightedLoss` takes. */
  loss: { better: "lower", take: () => Number.NaN },
  /** Intersection over union of all foreground. */
  iou: { better: "higher", take: (images) => iou(images.map(aboveHalf), images.map(binaryTruth)) },
  /** Dice coefficient of all foreground. */
  dice: { better: "higher", take: (images) => dice(images.map(aboveHalf), images.map(binaryTruth)) },
  /** SEG of the Cell Tracking Challenge, of connected foreground. */
  seg: { better: "higher", take: (images) => segMeasure(images.map(objects), images.map(trueObjects)).score },
  /** 1 − the largest F-score of pixels over thresholds (ISBI 2012). */
  pixel: {
    better: "lower",
    take: (images) => pixelError(images.map(foreground), images.map(binaryTruth)).challenge,
  },
  /** 1 − the largest F-score of pairs of pixels over thresholds (ISBI 2012). */
  rand: {
    better: "lower",
    take: (images) => randError(images.map(foreground), images.map(binaryTruth)).challenge,
  },
  /** V^Rand after thinning, the largest over thresholds. */
  vrand: { better: "higher", take: (images) => vRand(images.map(foreground), images.map(binaryTruth)).score },
  /** V^Info after thinning, the largest over thresholds. */
  vinfo: { better: "higher", take: (images) => vInfo(images.map(foreground), images.map(binaryTruth)).score },
} satisfies Record<string, Measure>;

/** What a run can be judged by: the loss, or a measure of `@unet/metrics`. */
export type MeasureName = keyof typeof measures;

/** Every {@link MeasureName}. */
export const measureNames = Object.keys(measures) as MeasureName[];

/** Takes a measure other than `"loss"` over images. */
export function takeMeasure(name: MeasureName, images: readonly Segmented[]): number {
  return (measures[name] as Measure).take(images);
}

/** Whether `value` of a measure is better than `best`; NaN is never better. */
export function isBetter(name: MeasureName, value: number, best: number): boolean {
  return measures[name].better === "higher" ? value > best : value < best;
}

function foreground(image: Segmented): Image<Float32Array> {
  return image.foreground;
}

function aboveHalf({ foreground: { width, height, data } }: Segmented): LabelImage {
  return { width, height, data: Int32Array.from(data, (value) => (value >= 0.5 ? 1 : 0)) };
}

function objects({ foreground: scores }: Segmented): LabelImage {
  return labelInstances(scores, { channel: 0 });
}

function binaryTruth({ truth: { labels } }: Segmented): LabelImage {
  return { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
}

function trueObjects({ truth: { labels, kind } }: Segmented): LabelImage {
  return kind === "instances" ? labels : connectedComponents(labels);
}
