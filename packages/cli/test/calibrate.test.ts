import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Task } from "@unet/inference";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { abilityOf } from "../src/train/ability.js";
import { type Ran, runUnet, unwrapped } from "./run-unet.js";

let folder: string;
let trained: Ran;
const run = () => join(folder, "run");
const small = ["--filters", "4", "--depth", "1", "--tile-size", "64", "--workers", "0"];
const cells = () => ["--data", `folder:${join(folder, "cells")}`, "--kind", "instances"];
const manifestOf = async (path: string) => JSON.parse(await readFile(path, "utf8"));
const model = () => manifestOf(join(run(), "model", "model.json"));
const weights = () => readFile(join(run(), "model", "weights.bin"));

beforeAll(async () => {
  process.env.UNET_BACKEND = "wasm";
  folder = await mkdtemp(join(tmpdir(), "unet-calibrate-"));
  const cells = ["synth", "cells", "--out", join(folder, "cells"), "--count", "4", "--size", "96x80"];
  expect((await runUnet(...cells)).code).toBe(0);
  const data = ["--data", `folder:${join(folder, "cells")}`, "--kind", "instances"];
  const parts = ["--samples", "0", "--validation", "1-2"];
  const settings = ["--steps", "10", "--validations", "2", "--rims", "3"];
  trained = await runUnet("train", "--out", run(), ...small, ...data, ...parts, ...settings);
  expect(trained.code, trained.err).toBe(0);
  await cp(run(), join(folder, "as-trained"), { recursive: true });
});
// What a test changes of the run is no other's.
beforeEach(async () => {
  await rm(run(), { recursive: true });
  await cp(join(folder, "as-trained"), run(), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

test("a training ends with a calibrated task, what the model can do, and what to type next", async () => {
  const { out } = trained;
  const { task, architecture } = (await model()).userDefinedMetadata;
  expect(architecture.classes).toBe(3);
  expect(task).toMatchObject({ recipe: "instances", scale: 1, out: { score: [0, 1, 0.5], fillHoles: true } });
  expect(task.calibration.images).toBe(2);
  const { measures } = task.calibration;
  expect(Object.keys(measures).sort()).toEqual(["f1", "found", "objects", "precision", "recall", "seg"]);
  expect(
    Math.max(
      ...out
        .split("\n")
        .filter((line) => !line.includes("/"))
        .map((line) => line.length),
    ),
  ).toBeLessThan(81);
  const said = unwrapped(out);
  expect(said).toContain(`objects from score ${task.out.threshold} on`);
  expect(said).toContain(`finds ${measures.recall.toFixed(2)} of the objects at IoU 0.5`);
  expect(said).toContain("estimated on 2 images on which threshold and best weights were chosen");
  expect(out).toContain(`next       unet predict ${run()} IMAGES\n`);
});

test("inspect tells the task, as numbers and in lines", async () => {
  const { task } = (await model()).userDefinedMetadata;
  expect(JSON.parse((await runUnet("inspect", run(), "--json")).out).task).toEqual(task);
  const { out } = await runUnet("inspect", run());
  expect(out).toMatch(/^task\n {2}recipe +instances\n {2}aim +instances\n {2}scale +1\n {2}out\n/m);
  expect(out).toContain(`threshold         ${task.out.threshold}\n`);
  expect(out).toMatch(/ {2}calibration\n {4}images +2\n {4}measures\n {6}f1 +/);
});

test("Ctrl-C while thresholds are chosen keeps the model, and says how they are chosen after all", async () => {
  const out = join(folder, "stopped");
  // So many validation images that the signal comes long before the last.
  const data = ["--data", "synthetic-cells:60", "--samples", "0", "--validation", "1-59"];
  const running = runUnet("train", ...small, ...data, "--steps", "2", "--validations", "0", "--out", out);
  const manifest = () => manifestOf(join(out, "model", "model.json"));
  const isTrained = () => existsSync(join(out, "checkpoints", "00000002.bin"));
  while (!isTrained()) await new Promise((resolve) => setTimeout(resolve, 5));
  process.emit("SIGINT");
  const { code, err } = await running;
  expect(code).toBe(130);
  expect(err).toContain(`go on with  unet train --resume ${out}\n`);
  expect(err).toContain("unet: interrupted\n");
  expect((await manifest()).userDefinedMetadata.task).not.toHaveProperty("calibration");
  expect((await runUnet("calibrate", out, "--data", "synthetic-cells:2")).code).toBe(0);
  expect((await manifest()).userDefinedMetadata.task.calibration.images).toBe(2);
});

test("who resumes a run that has ended finds the same choice again, and the same weights", async () => {
  const [before, learnt] = [await model(), await weights()];
  expect((await runUnet("train", "--resume", run(), "--workers", "0")).code).toBe(0);
  expect(await model()).toEqual(before);
  expect(await weights()).toEqual(learnt);
});

test("calibrate chooses on other images, and leaves all but the task as it was", async () => {
  const [before, learnt] = [await model(), await weights()];
  const data = [...cells(), "--samples", "3"];
  const { code, out, err } = await runUnet("calibrate", run(), ...data, "--json");
  expect(code, err).toBe(0);
  const { task } = JSON.parse(out);
  expect(task.calibration.images).toBe(1);
  const { userDefinedMetadata, ...rest } = await model();
  expect(userDefinedMetadata).toEqual({ ...before.userDefinedMetadata, task });
  expect(rest).toEqual({ ...before, userDefinedMetadata: undefined });
  expect(await weights()).toEqual(learnt);

  const again = await runUnet("calibrate", run(), ...data);
  expect(unwrapped(again.out)).toContain(
    "estimated on the one image on which the threshold was chosen, which flatters",
  );
  expect((await model()).userDefinedMetadata.task).toEqual(task);
});

test("images that were trained on are told; a run without a task gets that of the data", async () => {
  const seen = await runUnet("calibrate", run(), ...cells());
  expect(unwrapped(seen.err)).toContain("1 of the 4 images were trained on; what they say is too good");
  const bare = join(folder, "bare");
  await cp(join(run(), "model"), bare, { recursive: true });
  const manifest = await manifestOf(join(bare, "model.json"));
  delete manifest.userDefinedMetadata.task;
  await writeFile(join(bare, "model.json"), JSON.stringify(manifest));
  const { code } = await runUnet("calibrate", bare, "--data", "synthetic-membranes:1");
  expect(code).toBe(0);
  const { task } = (await manifestOf(join(bare, "model.json"))).userDefinedMetadata;
  expect(task).toMatchObject({ aim: "membranes", scale: 1, out: { score: [0, 1, 0] } });
  expect(Object.keys(task.calibration.measures)).toEqual(["vrand", "vinfo", "wrong"]);
});

test("wrong use: neither the run, nor the samples, nor the data are there", async () => {
  const data = cells();
  expect((await runUnet("calibrate", join(folder, "none"), ...data)).err).toContain("there is no");
  const outside = await runUnet("calibrate", run(), ...data, "--samples", "4");
  expect(outside.code).toBe(2);
  expect(unwrapped(outside.err)).toContain("--samples names sample 4, but the data has samples 0 to 3");
  expect((await runUnet("calibrate", run())).code).toBe(2);
});

test.each<[Task["aim"], Record<string, number>, string]>([
  [
    "membranes",
    { vrand: 0.951, vinfo: 0.974, wrong: 0.081 },
    "parts the regions with V^Rand 0.95 and V^Info 0.97, where 1 is perfect; 0.08 of the pixels are wrong",
  ],
  ["classes", { miou: 0.75, iou1: 0.75 }, "finds the classes with a mean IoU of 0.75; estimated on 7 images"],
  ["classes", { miou: 0.5, iou1: 0.75, iou2: 0.25 }, "mean IoU of 0.50 (class 1 0.75, class 2 0.25)"],
  ["instances", { f1: 1, precision: 1, recall: 1, found: 0, objects: 0 }, "SEG –; 0 found, 0 true"],
])("what a model of %s can do, in words", (aim, measures, words) => {
  const out = { score: [0, 1], threshold: 0.5, split: "none" as const, minimumSize: 0, fillHoles: false };
  expect(abilityOf({ aim, scale: 1, out, calibration: { images: 7, measures } })).toContain(words);
  expect(abilityOf({ aim, scale: 1, out })).toBeUndefined();
});
