import { fileURLToPath } from "node:url";
import { readImage, readLabels } from "@unet/image";
import { tiffSource } from "@unet/inference/tiff";
import { zarrSource } from "@unet/inference/zarr";
import { expect, test } from "vitest";
import { storedLabels, storedScores } from "./reference/stored-outputs.js";

// Written by the code of commit 42fda1a, see reference/store-outputs.ts: results that people have stay readable.
const folder = fileURLToPath(new URL("fixtures/stored/", import.meta.url));

const whole = { x: 0, y: 0, width: storedScores.width, height: storedScores.height };

test.each(["scores.zarr", "scores-zstd.zarr"])("stored scores, %s", async (name) => {
  const source = await zarrSource(`${folder}${name}`);
  expect(await source.read(whole)).toEqual(storedScores);
});

test("stored scores, scores.tif", async () => {
  const source = await tiffSource(`${folder}scores.tif`);
  expect(await source.read(whole)).toEqual(storedScores);
  await source.close();
  expect(await readImage(`${folder}scores.tif`)).toEqual(storedScores);
});

test("stored labels", async () => {
  expect(await readLabels(`${folder}labels.tif`)).toEqual(storedLabels);
  const source = await zarrSource(`${folder}labels.zarr`);
  const { data } = await source.read(whole);
  expect(Int32Array.from(data)).toEqual(storedLabels.data);
});
