import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet } from "@unet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identifier, shortened } from "../src/predict/identity.js";

let folder: string;
beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "unet-identity-"));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { class: 1, tta: "none", backend: "cpu" };

test("an image is known by its size and time, a Zarr by those of its files, the rest by its value", async () => {
  const model = createUNet({ depth: 1, filters: 1, seed: 1 });
  const image = join(folder, "a.tif");
  await writeFile(image, "pixels");
  await utimes(image, 1000, 1000);
  const of = async (path: string, more = {}, page = 0) =>
    (await identifier(model, { ...options, ...more }))(path, page);
  const first = await of(image);
  expect(await of(image)).toEqual(first);
  expect(shortened(await of(image))).toBe(shortened(first));
  expect(await of(image, { z: [0, 2], tile: 64 }, 3)).toEqual({ ...first, z: "0,2", tile: "64", page: "3" });
  await utimes(image, 1000, 1001);
  const touched = await of(image);
  expect(touched.source).not.toBe(first.source);
  await writeFile(image, "other pixels");
  await utimes(image, 1000, 1001);
  expect((await of(image)).source).not.toBe(touched.source);
  expect((await of(image)).model).toBe(first.model);

  const zarr = join(folder, "b.zarr");
  await mkdir(join(zarr, "0/c"), { recursive: true });
  for (const file of ["zarr.json", "0/c/0"]) {
    await writeFile(join(zarr, file), "{}");
    await utimes(join(zarr, file), 1000, 1000);
  }
  const before = await of(zarr);
  expect(await of(zarr)).toEqual(before);
  await utimes(join(zarr, "0/c/0"), 1000, 1001);
  expect((await of(zarr)).source).not.toBe(before.source);
  await rename(zarr, join(folder, "c.zarr"));
  expect((await of(join(folder, "c.zarr"))).source).not.toBe(before.source);
  expect(await readFile(join(folder, "c.zarr/0/c/0"), "utf8")).toBe("{}");
  model.dispose();
});
