import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useBackend } from "@unet/backend";
import { createUNet, saveModel } from "@unet/model";
import { afterEach, beforeAll, beforeEach, vi } from "vitest";
import { runUnet, unwrapped } from "./run-unet.js";

/** Paths in a folder that each test of a file has for itself; `unet` computes on `wasm` there. */
export function inNewFolder(): (...names: string[]) => string {
  let folder: string;
  beforeAll(async () => {
    process.env.UNET_BACKEND = "wasm";
    await useBackend();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "unet-cli-"));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });
  return (...names) => join(folder, ...names);
}

/** What a command printed; fails unless it ended with `code`. Messages come without their breaks. */
export async function unet(code: number, ...args: string[]): Promise<{ out: string; err: string }> {
  const ran = await runUnet(...args);
  const err = unwrapped(ran.err);
  if (ran.code !== code) throw new Error(`unet ${args.join(" ")} ended with ${ran.code}: ${err}`);
  return { out: ran.out, err };
}

/** Saves an untrained network of two classes whose scores vary over an image. */
export async function saveUntrained(path: string, metadata: object = {}): Promise<void> {
  const model = createUNet({ depth: 2, filters: 2, seed: 1 });
  model.setUserDefinedMetadata({
    ...model.getUserDefinedMetadata(),
    normalisation: "z-score",
    ...metadata,
  });
  await saveModel(model, path);
  model.dispose();
}
