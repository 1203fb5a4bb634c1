import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lock, writeWhole } from "@unet/image/node";
import type { Task } from "@unet/inference";
import { tell } from "./usage/command.js";

/**
 * Puts a task into the `model.json` of a run or of a model's folder, which is replaced whole. The weights stay as they are.
 *
 * @throws Error where a training uses the run
 */
export async function writeTask(path: string, task: Task): Promise<void> {
  const own = join(path, "model.json");
  const file = existsSync(own) ? own : join(path, "model", "model.json");
  const isRun = existsSync(join(path, "checkpoints"));
  const unlock = isRun
    ? await lock(join(path, "unet.lock"), { what: `the run ${path}`, onNotice: tell })
    : undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    manifest.userDefinedMetadata = { ...manifest.userDefinedMetadata, task };
    await writeWhole(file, JSON.stringify(manifest));
  } finally {
    await unlock?.();
  }
}
