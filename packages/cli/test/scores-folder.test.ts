import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { writeImage } from "@unet/image";
import { lock, temporaryFor } from "@unet/image/node";
import { fileStore, zarrSink } from "@unet/inference/zarr";
import { createUNet, saveModel } from "@unet/model";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { lockOf, removeDeadScores, scoresFolder } from "../src/predict/scores-folder.js";
import { runUnet } from "./run-unet.js";
import { spawnUnet } from "./spawn-unet.js";

let root: string;
let folder: string;
let beside: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "unet-scores-"));
  await tf.setBackend("cpu");
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, "out-"));
  beside = join(folder, "cells.tif");
});

const ended = spawnSync(process.execPath, ["-e", ""]).pid;
const [width, height] = [40, 20];
const run = (tile: string) => ({ model: "a", source: "b", page: "0", tile });

/** Scores as a process leaves them that is killed. */
async function begun(tile: string): Promise<string> {
  const path = scoresFolder(beside, run(tile));
  const sink = await zarrSink(fileStore(path), { width, height, channels: 1, chunk: 20, run: run(tile) });
  const data = new Float32Array(width * height);
  await sink.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
  await lock(lockOf(path), { what: path });
  const text = await readFile(lockOf(path), "utf8");
  await writeFile(lockOf(path), text.replace(`"pid":${process.pid}`, `"pid":${ended}`));
  return path;
}

test("scores of interrupted runs go when the result is there, with their locks", async () => {
  for (const tile of ["64", "128"]) await begun(tile);
  const early = scoresFolder(beside, run("256"));
  await mkdir(join(early, "0"), { recursive: true });
  const temporary = temporaryFor(join(early, "0/zarr.json")).replace(`-${process.pid}-`, `-${ended}-`);
  await writeFile(temporary, "{");
  const removing = temporaryFor(scoresFolder(beside, run("512"))).replace(`-${process.pid}-`, `-${ended}-`);
  await mkdir(join(removing, "0/c"), { recursive: true });
  await writeFile(beside, "the result");
  await removeDeadScores(beside);
  expect(await readdir(folder)).toEqual(["cells.tif"]);
});

test("what a process uses, another result's, and what isn't ours stays", async () => {
  const used = await begun("64");
  await rm(lockOf(used));
  const release = await lock(lockOf(used), { what: used });
  const foreign = `${beside}.scores-0123abcd`;
  await mkdir(foreign);
  await writeFile(join(foreign, "notes.txt"), "mine");
  await mkdir(`${beside}.scores-00000000`);
  // Scores of ours that someone has renamed.
  const renamed = `${beside}.scores-11111111`;
  await mkdir(renamed);
  await writeFile(join(renamed, "zarr.json"), await readFile(join(used, "zarr.json")));
  for (const other of [`${beside}f.scores-0123abcd`, `${beside}.scores-of-mine`]) await mkdir(other);
  const before = (await readdir(folder, { recursive: true })).sort();
  await removeDeadScores(beside);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
  await release();
});

test("after kill -9 the same command goes on with the scores; another removes them once it is done", async () => {
  const model = createUNet({ depth: 2, filters: 4, padding: "same", seed: 1 });
  await saveModel(model, join(root, "model"));
  model.dispose();
  const image = join(root, "image.tif");
  const data = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => (i * 37) % 251);
  await writeImage(image, { width: 1024, height: 1024, channels: 1, data });
  const command = ["predict", join(root, "model"), image, "--instances", beside, "--backend", "wasm"];

  const scores = async () => (await readdir(folder)).find((name) => /scores-.{8}$/.test(name)) ?? "none";
  const kill = async (): Promise<string> => {
    const { child, ended } = spawnUnet([...command, "--tile-size", "320"]);
    let over = false;
    const dead = ended.finally(() => {
      over = true;
    });
    while (!over) {
      const names = await readdir(join(folder, await scores(), "0/c/0"), { recursive: true }).catch(() => []);
      if (names.filter((name) => /\d.\d+$/.test(name)).length >= 2) child.kill("SIGKILL");
      await new Promise((then) => setTimeout(then, 5));
    }
    expect(await dead).toMatchObject({ signal: "SIGKILL" });
    return scores();
  };
  const first = await kill();
  expect(await kill()).toBe(first);
  expect(existsSync(join(folder, `${first}.lock`))).toBe(true);

  const other = await runUnet(...command, "--tile-size", "640");
  expect(other.code).toBe(0);
  expect(await readdir(folder)).toEqual(["cells.tif"]);
}, 240_000);
