import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel } from "@unet/model";
import { loadRun } from "@unet/training";
import { CommandError } from "./errors.js";
import { nearest } from "./nearest.js";

/**
 * Opens the model of a run: the folder that `unet train` made, or any folder with a `model.json`.
 *
 * @throws CommandError that says what the path should be
 */
export async function openRun(path: string): Promise<LayersModel> {
  assertRun(path);
  return existsSync(join(path, "model.json")) ? loadModel(path) : loadRun(path);
}

/** @throws CommandError that says what the path should be, where {@link isRun} says no */
export function assertRun(path: string): void {
  if (isRun(path)) return;
  const right = 'give the folder that "unet train --out" made';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) throw new CommandError(`${path} is a file, and no run; ${right}`);
  if (stat) throw new CommandError(`${path} holds no model.json; ${right}`);
  const similar = similarRun(path);
  const instead = similar ? { given: path, right: similar } : undefined;
  throw new CommandError(`there is no ${path}; ${right}`, { instead });
}

/** Whether `path` is a folder with a model in it, or a checkpoint that holds one. */
export function isRun(path: string): boolean {
  return ["model.json", join("model", "model.json"), "checkpoints"].some((name) =>
    existsSync(join(path, name)),
  );
}

/** The run beside a path that has almost its name. */
function similarRun(path: string): string | undefined {
  const folder = dirname(path);
  if (!existsSync(folder)) return undefined;
  const runs = readdirSync(folder).filter((name) => isRun(join(folder, name)));
  const name = nearest(basename(path), runs);
  return name && join(folder, name);
}
