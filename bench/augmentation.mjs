import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deformTile } from "@unet/augmentation";
import { randomAt } from "@unet/image";
import { measureInTurns } from "./measure.mjs";
import { startPython } from "./python.mjs";

export const title =
  "One deformed tile of 572² px with its labels, from an 8-bit image; one thread.\n" +
  "Ours is elastic, rotated, flipped and changed in its grey values; of the peers batchgenerators rotates too.";

const side = 572;
const peers = ["elasticdeform", "scipy recipe", "batchgenerators"];

export async function* measure() {
  const python = await startPython("augmentation.py", '"numpy<2" scipy elasticdeform batchgenerators');
  const folder = mkdtempSync(join(tmpdir(), "unet-bench-"));
  try {
    const sample = cells(side);
    const paths = ["image", "labels"].map((name) => join(folder, name));
    for (const [i, { data }] of [sample.image, sample.labels].entries()) writeFileSync(paths[i], data);
    for (const [interpolation, order] of [
      ["bilinear", 1],
      ["bicubic", 3],
    ]) {
      const tasks = { ours: tileAfterTile(sample, interpolation) };
      for (const peer of python ? peers : []) tasks[peer] = () => python.time(peer, ...paths, side, order);
      const { medians, runs } = await measureInTurns(tasks, { seconds: 20, least: 9 });
      const { ours, ...others } = medians;
      yield { case: `${interpolation}, peers of order ${order}`, unit: "ms", ours, peers: others, runs };
    }
    // time grows with the tile, not with the image
    const sizes = [512, 1024, 4096];
    const tasks = Object.fromEntries(sizes.map((size) => [size, tileAfterTile(cells(size), "bilinear")]));
    const { medians, runs } = await measureInTurns(tasks, { seconds: 4, least: 15 });
    for (const size of sizes) {
      yield { case: `bilinear, of a ${size}² image`, unit: "ms", ours: medians[size], peers: {}, runs };
    }
  } finally {
    python?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Makes another tile each time it is called. */
function tileAfterTile(sample, interpolation) {
  const middle = sample.image.width / 2;
  let index = 0;
  return () => {
    const options = { centre: [middle, middle], inputSize: side, outputSize: side, interpolation };
    deformTile(sample, { ...options, seed: 1, index: index++ });
  };
}

/** Squares of 24 px, each an instance, in noise. */
function cells(size) {
  const random = randomAt(1, "cells", size);
  const across = Math.ceil(size / 32);
  const labels = { width: size, height: size, data: new Int32Array(size ** 2) };
  const image = { width: size, height: size, channels: 1, data: new Uint8Array(size ** 2) };
  for (let i = 0; i < size ** 2; i++) {
    const [y, x] = [Math.floor(i / size), i % size];
    const isCell = y % 32 < 24 && x % 32 < 24;
    labels.data[i] = isCell ? 1 + (y >> 5) * across + (x >> 5) : 0;
    image.data[i] = (isCell ? 150 : 50) + 50 * random();
  }
  return { image, labels };
}
