import { existsSync } from "node:fs";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { asPredictor, meanOf, type Predictor, withRotations, withSymmetries } from "@unet/inference";
import { Option } from "commander";
import { assertRun, foldsIn, holdsFolds, openRun } from "../run.js";

/** Ways to average over turned images. */
const augmentations = { none: asPredictor, symmetries: withSymmetries, rotations: withRotations };

/** What `--tta` gives: true where it doesn't say how. */
export type Augmentation = keyof typeof augmentations | true;

/** `--tta`, of commands that run networks. */
export function ttaOption(): Option {
  return new Option("--tta [how]", "average over turned images: 8 symmetries (if not said), or 7 rotations")
    .choices(Object.keys(augmentations))
    .default("none");
}

/** The networks of one run, or of several, as one. */
export interface Networks {
  models: LayersModel[];
  /** Their mean, over turned images where that was asked for. */
  predictor: Predictor;
  dispose(): void;
}

/**
 * The runs that an argument names: one, or several between commas, or those of folds.
 *
 * @throws CommandError where not all folds are trained
 */
export function runsIn(argument: string): string[] {
  const named = existsSync(argument) ? [argument] : argument.split(",");
  return named.flatMap((path) => (holdsFolds(path) ? foldsIn(path) : [path]));
}

/** @throws CommandError where one of them is none */
export function assertRuns(argument: string): void {
  for (const run of runsIn(argument)) assertRun(run);
}

/**
 * Opens one run, or several, whose mean is taken.
 *
 * @throws RangeError where several don't fit together
 */
export async function openNetworks(argument: string, augmentation: Augmentation = "none"): Promise<Networks> {
  const average = augmentations[augmentation === true ? "symmetries" : augmentation];
  const models: LayersModel[] = [];
  const dispose = () => {
    for (const model of models) model.dispose();
  };
  try {
    for (const run of runsIn(argument)) models.push(await openRun(run));
    return { models, predictor: average(meanOf(models)), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
