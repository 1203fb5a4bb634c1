import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel } from "@unet/model";

/**
 * Opens the model of a run: the folder that `unet train` made, or any folder with a `model.json`.
 *
 * @throws Error that says what the path should be
 */
export async function openRun(path: string): Promise<LayersModel> {
  assertRun(path);
  const inside = join(path, "model");
  return loadModel(existsSync(join(inside, "model.json")) ? inside : path);
}

/** @throws Error that says what the path should be, where {@link isRun} says no */
export function assertRun(path: string): void {
  if (!isRun(path))
    throw new Error(`${path} holds no model.json; give the folder that "unet train --out" made`);
}

/** Whether `path` is a folder with a model in it. */
export function isRun(path: string): boolean {
  return existsSync(join(path, "model.json")) || existsSync(join(path, "model", "model.json"));
}
