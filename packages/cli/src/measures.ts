import type { LabelImage } from "@unet/image";
import { dice, iou, segMeasure } from "@unet/metrics";
import type { Prediction } from "./prediction.js";

/** What a measure is computed from. */
export interface Measured {
  prediction: Prediction;
  truth: LabelImage[];
}

/** A measure of `unet evaluate`: its value, and what it says. */
interface Measure {
  /** For which truths it is taken where none is named. */
  fits: "classes" | "instances" | "both";
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
  const chosen = names ?? measureNames.filter((name) => ["both", kind].includes(measures[name].fits));
  return chosen.map((name) => {
    const { meaning, compute } = measures[name];
    return { name, value: compute(measured), meaning };
  });
}
