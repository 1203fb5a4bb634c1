import { type Image, readImage, readLabels, resizeLabels } from "@unet/image";
import { colourLabels, heatMap } from "@unet/image/picture";
import { separateTouching, weightMap } from "@unet/loss/weight-map";
import { beforeEach, expect, test } from "vitest";
import { inNewFolder, unet } from "./in-folder.js";

const at = inNewFolder();
const [width, height] = [96, 80];
const args = () => ["weights", `folder:${at("cells")}`, "--kind", "instances", "--sample", "1"];
const labels = () => readLabels(at("cells/masks/cells-0001.png"));

beforeEach(async () => {
  await unet(0, "synth", "cells", "--out", at("cells"), "--count", "2", "--size", `${width}x${height}`);
});

test("writes the weight map as it is", async () => {
  const { out } = await unet(0, ...args(), "--out", at("weights.tif"), "--w0", "20", "--json");
  const map = weightMap(separateTouching(await labels()), { w0: 20 });
  expect(await readImage(at("weights.tif"))).toEqual(map);
  expect(JSON.parse(out)).toMatchObject({ w0: 20, sigma: 5, highest: Math.max(...map.data) });
});

test("resizes first, where a recipe does", async () => {
  await unet(0, ...args(), "--out", at("half.tif"), "--scale", "0.5");
  const half = resizeLabels(await labels(), { width: width / 2, height: height / 2 });
  expect(await readImage(at("half.tif"))).toEqual(weightMap(separateTouching(half)));
});

test("draws the cells, and the map beside them", async () => {
  await unet(0, ...args(), "--out", at("weights.png"), "--w0", "20");
  const cells = separateTouching(await labels());
  const figure = (await readImage(at("weights.png"))) as Image<Uint8Array>;
  // four panels, each pixel drawn as 4 × 4
  expect([figure.width, figure.height]).toEqual([20 + 4 * (4 * width + 20), 44 + 4 * height + 78]);
  const panel = (index: number) =>
    Array.from({ length: width * height }, (_, i) => {
      const x = 20 + index * (4 * width + 20) + 4 * (i % width) + 1;
      const y = 44 + 4 * Math.floor(i / width) + 1;
      const at = (y * figure.width + x) * figure.channels;
      return [...figure.data.subarray(at, at + 3)];
    }).flat();
  expect(panel(1)).toEqual([...colourLabels(cells).data]);
  expect(panel(3)).toEqual([...heatMap(weightMap(cells, { w0: 20 }), { low: 0 }).data]);
});

test("wrong use exits with 2", async () => {
  const jpeg = await unet(2, "weights", "synthetic-cells:1", "--out", at("weights.jpg"));
  expect(jpeg.err).toContain("--out must end in .png or .tif, got");
  const beyond = await unet(2, "weights", "synthetic-cells:2", "--out", at("weights.png"), "--sample", "2");
  expect(beyond.err).toContain("--sample is 2, but the data has samples 0 to 1");
});
