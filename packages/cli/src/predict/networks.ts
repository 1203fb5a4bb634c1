import { existsSync } from "node:fs";
import {
  asPredictor,
  meanOf,
  networkChecksum,
  type Predictor,
  type Task,
  withRotations,
  withSymmetries,
} from "@unet/inference";
import { Option } from "commander";
import { isOnnxPath, type OpenNetwork, openOnnx } from "../interchange/onnx-session.js";
import { assertRun, foldsIn, holdsFolds, isNetwork, openRun } from "../run.js";

/** Ways to average over turned images. */
const augmentations = { none: asPredictor, symmetries: withSymmetries, rotations: withRotations };

/** What `--tta` gives: true where it doesn't say how, nothing where the model decides. */
export type Augmentation = keyof typeof augmentations | true | undefined;

/** `--tta`, of commands that run networks. */
export function ttaOption(): Option {
  const how = "average over turned images: 8 symmetries, 7 rotations, or none (default: as the model says)";
  return new Option("--tta [how]", how).choices(Object.keys(augmentations));
}

/** The networks of one run, or of several, as one. */
export interface Networks {
  /** What tells each of them from others. */
  checksums(): Promise<string[]>;
  /** Their mean, over turned images where that was asked for; its task doesn't ask for it again. */
  predictor: Predictor;
  /** How it is averaged over turned images. */
  tta: keyof typeof augmentations;
  dispose(): void;
}

/**
 * The runs that an argument names: one, or several between commas, or those of folds.
 *
 * @throws CommandError where not all folds are trained
 */
export function runsIn(argument: string): string[] {
  const named = existsSync(argument) || isNetwork(argument) ? [argument] : argument.split(",");
  return named.flatMap((path) => (holdsFolds(path) ? foldsIn(path) : [path]));
}

/** The folders among the runs that an argument names: a network lies in its package. */
export function foldersIn(argument: string): string[] {
  return runsIn(argument).filter((run) => !isNetwork(run));
}

/** @throws CommandError where one of them is none, nor a model of ONNX */
export function assertRuns(argument: string): void {
  for (const run of runsIn(argument)) if (!isOnnxPath(run)) assertRun(run);
}

/**
 * Opens one run, or several, whose mean is taken.
 *
 * @param quiet whether nothing is said of which network is taken
 * @throws RangeError where several don't fit together
 */
export async function openNetworks(
  argument: string,
  augmentation?: Augmentation,
  { quiet = false } = {},
): Promise<Networks> {
  const opened: OpenNetwork[] = [];
  const dispose = () => {
    for (const each of opened) each.dispose();
  };
  const checksums = () => Promise.all(opened.map((each) => each.checksum()));
  try {
    for (const run of runsIn(argument)) {
      opened.push(await (isOnnxPath(run) ? openOnnx(run, { quiet }) : openModel(run, { quiet })));
    }
    const { task: asked, ...mean } = meanOf(opened.map(({ network }) => network));
    const { symmetries, ...task } = asked ?? {};
    const tta = augmentation === true ? "symmetries" : (augmentation ?? (symmetries ? "symmetries" : "none"));
    const predictor = augmentations[tta]({ ...mean, ...(asked && { task: task as Task }) });
    return { checksums, predictor, tta, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function openModel(run: string, { quiet }: { quiet: boolean }): Promise<OpenNetwork> {
  const model = await openRun(run, { quiet });
  return { network: model, checksum: () => networkChecksum(model), dispose: () => void model.dispose() };
}
