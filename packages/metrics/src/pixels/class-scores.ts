import { connectedComponents, type LabelImage } from "@unet/image";
import { scoreObjects } from "../cell-tracking/seg-measure.js";
import { type Counts, mean } from "../counts.js";
import { type Measure, measureOf } from "../measure.js";
import { countObjects, poolObjects } from "../objects/instance-scores.js";

/** How well one class is found, over all images. NaN is what can't be said: the class is on neither side. */
export interface ClassScore {
  class: number;
  /** |A ∩ B| / |A ∪ B| of the pixels of this class. */
  iou: number;
  /** 2·|A ∩ B| / (|A| + |B|) of the pixels of this class. */
  dice: number;
  /** SEG of its objects; NaN where the truth has none, and for background. */
  seg: number;
  /** F1 of its objects at an IoU above 0.5; NaN where neither side has any, and for background. */
  f1: number;
  /** TP / (TP + FP + FN) of its objects, the mean over IoU 0.5, 0.55, … 0.95; NaN as `f1`. */
  averagePrecision: number;
}

/** What {@link classScores} answers. */
export interface ClassScores {
  /** Of class 0 (background) to the highest that occurs, or to the last of `classes`. */
  perClass: ClassScore[];
  /** Mean IoU of the classes from 1 on that occur on either side; 1 where none does. */
  iou: number;
  /** The same of the Dice coefficient. */
  dice: number;
}

/** Options of {@link classScores}. */
export interface ClassScoresOptions {
  /** How many classes there are, background counted; default: up to the highest that occurs. */
  classes?: number;
}

/**
 * Class maps compared class by class: IoU and Dice of its pixels, and SEG, F1 and average precision of its
 * objects, which are its 4-connected parts. Pixels and objects are pooled over the images; pixels that the truth
 * ignores are left out.
 *
 * ```ts
 * const { iou, perClass } = classScores(argMax(scores), truth);
 * console.log(iou, perClass.map((score) => score.iou));
 * ```
 *
 * @param prediction class maps, such as `argMax` of `@unet/inference` makes
 * @param truth class maps
 * @throws RangeError where there is no image, the two differ in number or size, or a label is not below `classes`
 */
export const classScores: Measure<LabelImage, ClassScores, ClassScoresOptions> = measureOf(
  "classScores",
  countClasses,
  (images, { classes }) => {
    const count = classes ?? 1 + images.reduce((most, image) => Math.max(most, image.length - 1), 0);
    const perClass = Array.from({ length: count }, (_, label) => scoreOf(label, images));
    const over = (name: "iou" | "dice") => {
      const values = perClass.slice(1).flatMap((score) => (Number.isNaN(score[name]) ? [] : [score[name]]));
      return values.length === 0 ? 1 : mean(values);
    };
    return { perClass, iou: over("iou"), dice: over("dice") };
  },
);

/** What is counted of one class in one image. */
interface ClassCounts {
  /** Pixels. */
  both: number;
  predicted: number;
  inTruth: number;
  /** Objects at each threshold. */
  objects: Counts[];
  /** The Jaccard index of each true object. */
  jaccards: number[];
}

function countClasses(prediction: LabelImage, truth: LabelImage, { classes }: ClassScoresOptions) {
  const highest = Math.max(highestOf(prediction, "prediction", classes), highestOf(truth, "truth", classes));
  const pixels = Array.from({ length: highest + 1 }, () => ({ both: 0, predicted: 0, inTruth: 0 }));
  for (let i = 0; i < truth.data.length; i++) {
    const [found, expected] = [prediction.data[i], truth.data[i]];
    if (expected < 0) continue;
    pixels[expected].inTruth++;
    if (found < 0) continue;
    pixels[found].predicted++;
    if (found === expected) pixels[found].both++;
  }
  const found = connectedComponents(prediction);
  const expected = connectedComponents(truth);
  return pixels.map((counts, label): ClassCounts => {
    // Background has no objects, and neither has a class that is on neither side.
    if (label === 0 || counts.predicted + counts.inTruth === 0)
      return { ...counts, objects: [], jaccards: [] };
    const sides = [onlyOf(label, prediction, found), onlyOf(label, truth, expected)] as const;
    const jaccards = scoreObjects(...sides).map(({ jaccard }) => jaccard);
    return { ...counts, objects: countObjects(...sides, {}), jaccards };
  });
}

/** The components of one class; the others are background, and what is ignored stays so. */
function onlyOf(label: number, { data }: LabelImage, components: LabelImage): LabelImage {
  return {
    ...components,
    data: components.data.map((component, i) => (data[i] === label || component < 0 ? component : 0)),
  };
}

function scoreOf(label: number, images: ClassCounts[][]): ClassScore {
  const parts = images.flatMap((image) => image[label] ?? []);
  const sum = (of: (part: ClassCounts) => number) => parts.reduce((total, part) => total + of(part), 0);
  const [both, predicted, inTruth] = [
    sum((part) => part.both),
    sum((part) => part.predicted),
    sum((part) => part.inTruth),
  ];
  const objects = parts.flatMap((part) => (part.objects.length > 0 ? [part.objects] : []));
  const scores = objects.length > 0 ? poolObjects(objects) : undefined;
  return {
    class: label,
    iou: both / (predicted + inTruth - both),
    dice: (2 * both) / (predicted + inTruth),
    seg: mean(parts.flatMap(({ jaccards }) => jaccards)),
    f1: scores?.perThreshold[0].f1 ?? Number.NaN,
    averagePrecision: scores?.averagePrecision ?? Number.NaN,
  };
}

function highestOf({ width, data }: LabelImage, side: string, classes = Number.POSITIVE_INFINITY): number {
  let highest = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] >= classes || data[i] > MOST) {
      const right =
        data[i] >= classes ? `${classes} classes are 0 … ${classes - 1}` : `classes go to ${MOST}`;
      throw new RangeError(
        `classScores: the ${side} holds ${data[i]} at x ${i % width}, y ${Math.floor(i / width)}, but ${right}`,
      );
    }
    if (data[i] > highest) highest = data[i];
  }
  return highest;
}

/** More classes than this are numbers of objects by mistake. */
const MOST = 1023;
