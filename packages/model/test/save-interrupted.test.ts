import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, loadModel, saveModel } from "@unet/model";
import { expect, test, vi } from "vitest";

/** How many more times files may be written and renamed. */
const allowed = { writeFile: 0, rename: 0 };

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const limited =
    <Rest extends unknown[]>(name: keyof typeof allowed, act: (...rest: Rest) => Promise<void>) =>
    async (...rest: Rest) => {
      if (allowed[name]-- === 0) throw new Error("the disk is full");
      return act(...rest);
    };
  return {
    ...original,
    writeFile: limited("writeFile", original.writeFile),
    rename: limited("rename", original.rename),
  };
});

test("wherever saving fails, the model that was there stays, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unet-model-"));
  const path = join(folder, "model");
  const [first, second] = [1, 2].map((seed) => createUNet({ filters: 1, depth: 1, seed }));
  const kernel = (model: typeof first) => model.getLayer("bottom.conv0").getWeights()[0].dataSync();
  Object.assign(allowed, { writeFile: 9, rename: 9 });
  await saveModel(first, path);
  for (const limits of [
    { writeFile: 0, rename: 9 },
    { writeFile: 1, rename: 9 },
    { writeFile: 9, rename: 0 },
    { writeFile: 9, rename: 1 },
  ]) {
    Object.assign(allowed, limits);
    await expect(saveModel(second, path)).rejects.toThrow("the disk is full");
    expect(await readdir(folder)).toEqual(["model"]);
    expect(kernel(await loadModel(path))).toEqual(kernel(first));
  }
  await rm(folder, { recursive: true });
});
