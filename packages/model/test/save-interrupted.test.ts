import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, loadModel, saveModel } from "@unet/model";
import { expect, test, vi } from "vitest";

/** How many more times files may be opened to write and renamed. */
const allowed = { open: Infinity, rename: Infinity };

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const limited = <Rest extends unknown[], Result>(
    name: keyof typeof allowed,
    act: (...rest: Rest) => Promise<Result>,
  ): ((...rest: Rest) => Promise<Result>) => {
    return async (...rest) => {
      if (allowed[name]-- <= 0) throw new Error("the disk is full");
      return act(...rest);
    };
  };
  return {
    ...original,
    open: limited("open", original.open),
    rename: limited("rename", original.rename),
  };
});

const kernelOf = (model: ReturnType<typeof createUNet>) =>
  model.getLayer("bottom.conv0").getWeights()[0].dataSync();
const [first, second] = [1, 2].map((seed) => createUNet({ filters: 1, depth: 1, seed }));

test("wherever saving fails, the model that was there or the new one is there whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unet-model-"));
  const path = join(folder, "model");
  const found: string[] = [];
  for (const name of ["open", "rename"] as const) {
    for (let limit = 0; limit < 5; limit++) {
      await saveModel(first, path);
      allowed[name] = limit;
      const failed = await saveModel(second, path).then(
        () => false,
        (error) => /the disk is full/.test(error.message),
      );
      allowed[name] = Infinity;
      expect(await readdir(folder)).toEqual(["model"]);
      const loaded = await loadModel(path);
      const isNew = String(kernelOf(loaded)) === String(kernelOf(second));
      if (!isNew) expect(kernelOf(loaded)).toEqual(kernelOf(first));
      found.push(`${name} ${limit}: ${failed ? "fails" : "ends"}, ${isNew ? "new" : "old"}`);
      loaded.dispose();
      if (!failed) expect((await readdir(path)).sort()).toEqual(["model.json", "weights.bin"]);
    }
  }
  // Weights under another name, a model.json that names them, the weights, and the model.json.
  const outcomes = ["fails, old", "fails, old", "fails, new", "fails, new", "ends, new"];
  expect(found).toEqual(
    ["open", "rename"].flatMap((name) => outcomes.map((outcome, limit) => `${name} ${limit}: ${outcome}`)),
  );
  await rm(folder, { recursive: true });
});

test("where the first save fails, there is no folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unet-model-"));
  allowed.rename = 0;
  await expect(saveModel(first, join(folder, "deep", "model"))).rejects.toThrow("the disk is full");
  allowed.rename = Infinity;
  expect(await readdir(join(folder, "deep"))).toEqual([]);
  await rm(folder, { recursive: true });
});
