import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel } from "@unet/model";
import { loadRun } from "@unet/training";

/**
 * Opens the model of a run: the folder that `unet train` made, or any folder with a `model.json`.
 *
 * @throws Error that says what the path should be
 */
export async function openRun(path: string): Promise<LayersModel> {
  assertRun(path);
  return existsSync(join(path, "model.json")) ? loadModel(path) : loadRun(path);
}

/** @throws Error that says what the path should be, where {@link isRun} says no */
export function assertRun(path: string): void {
  if (!isRun(path))
    throw new Error(`${path} holds no model.json; give the folder that "unet train --out" made`);
}

/** Whether `path` is a folder with a model in it, or a checkpoint that holds one. */
export function isRun(path: string): boolean {
  return ["model.json", join("model", "model.json"), "checkpoints"].some((name) =>
    existsSync(join(path, name)),
  );
}
