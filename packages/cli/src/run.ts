import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel } from "@unet/model";
import { networkNames } from "@unet/networks";
import { loadRun } from "@unet/training";
import { CommandError, quoted } from "./messages/errors.js";
import { nearest } from "./messages/nearest.js";
import { networkNamed, openNetwork } from "./networks.js";
import { tell } from "./usage/command.js";

/**
 * Opens the model of a run, which is the folder that `unet train` made, or of any folder with a `model.json`, or a trained
 * network by its name; where one is taken for the other by mistake, what is said tells it.
 *
 * @throws CommandError that says what the path should be
 */
export async function openRun(path: string, { quiet = false } = {}): Promise<LayersModel> {
  assertRun(path);
  if (isNetwork(path)) return openNetwork(networkNamed(path)!, { quiet });
  if (networkNamed(path) && !quiet) {
    tell(`model      the folder ${path}, which hides the network of this name`);
  }
  return existsSync(join(path, "model.json")) ? loadModel(path) : loadRun(path);
}

/** Whether an argument means a trained network: it is the name of one, and no folder that holds a model. */
export function isNetwork(argument: string): boolean {
  return networkNamed(argument) !== undefined && !isRun(argument);
}

/** Whether an argument names something that predicts: a run, a model, or a trained network. */
export function isPredictor(argument: string): boolean {
  return isRun(argument) || isNetwork(argument);
}

/** @throws CommandError that says what the path should be, where it is not that of one run */
export function assertRun(path: string): void {
  if (holdsFolds(path)) {
    throw new CommandError(`${path} holds folds, and one is wanted here; give ${join(path, "fold-1")}`);
  }
  if (isPredictor(path)) return;
  const right = `give the folder that "unet train --out" made, or a network: ${networkNames.join(", ")}`;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) throw new CommandError(`${path} is a file, and no run; ${right}`);
  if (stat) throw new CommandError(`${path} holds no model.json; ${right}`);
  const similar = similarRun(path) ?? (/[\\/]/.test(path) ? undefined : nearest(path, networkNames));
  const instead = similar ? { given: path, right: similar } : undefined;
  throw new CommandError(`there is no ${path}; ${right}`, { instead });
}

/** Whether `path` is a folder with a model in it, or a checkpoint that holds one, or with folds. */
export function isRun(path: string): boolean {
  return ["model.json", join("model", "model.json"), "checkpoints", FOLDS].some((name) =>
    existsSync(join(path, name)),
  );
}

/** Whether a folder holds the runs of a cross-validation. */
export function holdsFolds(path: string): boolean {
  return existsSync(join(path, FOLDS));
}

/**
 * The runs of a cross-validation.
 *
 * @throws CommandError where not all are trained
 */
export function foldsIn(path: string): string[] {
  const { heldOut, validations } = JSON.parse(readFileSync(join(path, FOLDS), "utf8"));
  if (validations.length < heldOut.length) {
    throw new CommandError(
      `${path} has ${validations.length} of ${heldOut.length} folds trained; go on with unet train --resume ${quoted(path)}`,
    );
  }
  return heldOut.map((_: number[], i: number) => join(path, `fold-${i + 1}`));
}

const FOLDS = "folds.json";

/** The run beside a path that has almost its name. */
function similarRun(path: string): string | undefined {
  const folder = dirname(path);
  if (!existsSync(folder)) return undefined;
  const runs = readdirSync(folder).filter((name) => isRun(join(folder, name)));
  const name = nearest(basename(path), runs);
  return name && join(folder, name);
}
