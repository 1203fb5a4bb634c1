import type { Image, LabelImage } from "@unet/image";
import { dice, iou, pixelError, randError, segMeasure, vInfo, vRand } from "@unet/metrics";
import { UsageError } from "./errors.js";
import type { Prediction } from "./prediction.js";

/** What a measure is computed from. */
export interface Measured {
  prediction: Prediction;
  truth: LabelImage[];
}

/** A measure of `unet evaluate`: its value, and what it says. */
interface Measure {
  /** Where none is named it is taken for every truth, of instances, or of classes with known probabilities. */
  fits: "both" | "instances" | "probabilities";
  meaning: string;
  compute(measured: Measured): number;
}

const measures = {
  iou: {
    fits: "both",
    meaning: "intersection over union of all foreground",
    compute: ({ prediction, truth }) => iou(prediction.labels, truth),
  },
  dice: {
    fits: "both",
    meaning: "Dice coefficient of all foreground",
    compute: ({ prediction, truth }) => dice(prediction.labels, truth),
  },
  seg: {
    fits: "instances",
    meaning: "SEG of the Cell Tracking Challenge: mean IoU of the true objects",
    compute: ({ prediction, truth }) => segMeasure(prediction.labels, truth).score,
  },
  pixel: {
    fits: "probabilities",
    meaning: "pixel error of ISBI 2012: 1 − largest F-score over thresholds",
    compute: (measured) => pixelError(probabilitiesOf(measured), measured.truth).challenge,
  },
  rand: {
    fits: "probabilities",
    meaning: "Rand error of ISBI 2012: 1 − largest F-score over thresholds",
    compute: (measured) => randError(probabilitiesOf(measured), measured.truth).challenge,
  },
  vrand: {
    fits: "probabilities",
    meaning: "V^Rand after border thinning, largest over thresholds",
    compute: (measured) => vRand(probabilitiesOf(measured), measured.truth).score,
  },
  vinfo: {
    fits: "probabilities",
    meaning: "V^Info after border thinning, largest over thresholds",
    compute: (measured) => vInfo(probabilitiesOf(measured), measured.truth).score,
  },
} satisfies Record<string, Measure>;

/** A name that `--measures` takes. */
export type MeasureName = keyof typeof measures;

/** Every {@link MeasureName}. */
export const measureNames = Object.keys(measures) as MeasureName[];

/** One line of the result. */
export interface MeasureResult {
  name: MeasureName;
  value: number;
  meaning: string;
}

/** Takes the named measures, or those that fit the truth's kind. */
export function takeMeasures(
  measured: Measured,
  { kind, names }: { kind: "classes" | "instances"; names?: MeasureName[] },
): MeasureResult[] {
  const probable = kind === "classes" && measured.prediction.probabilities !== undefined;
  const fitting = ["both", probable ? "probabilities" : kind];
  const chosen = names ?? measureNames.filter((name) => fitting.includes(measures[name].fits));
  return chosen.map((name) => {
    const { meaning, compute } = measures[name];
    return { name, value: compute(measured), meaning };
  });
}

function probabilitiesOf({ prediction }: Measured): Image<Float32Array>[] {
  if (prediction.probabilities) return prediction.probabilities;
  throw new UsageError("pixel, rand, vrand and vinfo need probabilities, and the prediction holds labels");
}
