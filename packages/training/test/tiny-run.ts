import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { createUNet } from "@unet/model";
import { afterEach, beforeAll, beforeEach } from "vitest";

/** Starts `wasm` for the tests of a file, and gives each the path of a new folder, which is removed afterwards. */
export function eachInNewFolder(give: (path: string) => void): void {
  let parent: string;
  beforeAll(async () => {
    await useBackend({ prefer: ["wasm"] });
  });
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "unet-training-"));
    give(join(parent, "run"));
  });
  afterEach(() => rm(parent, { recursive: true }));
}

/** A network of a few hundred weights. */
export const tiny = (classes = 2) => createUNet({ filters: 2, depth: 1, classes, seed: 1 });

/** All weights of a result's model, to be compared to the bit. */
export const weightsOf = ({ model }: { model: LayersModel }) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));
