import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { type LabelImage, type LabelKind, writeImage, writeLabels } from "@unet/image";
import { scoreImage, segment, type Task } from "@unet/inference";
import { instanceScores, iou, pixelError, segMeasure, vInfo, vRand } from "@unet/metrics";
import { loadModel } from "@unet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runUnet, unwrapped } from "./run-unet.js";
import { height, image, saveNetwork, task, width } from "./task-network.js";

const membranes: Task = {
  ...task,
  aim: "membranes",
  out: { ...task.out, split: "contours", threshold: 0.4, minimumSize: 0 },
};

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
let networks: Record<"objects" | "membranes" | "plain", LayersModel>;
/** Objects near to what the network finds, and what is inside of them. */
let objects: LabelImage;
let inside: LabelImage;

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-evaluate-task-"));
  await useBackend();
  await saveNetwork(at("objects"), { task });
  await saveNetwork(at("membranes"), { task: membranes });
  await saveNetwork(at("plain"), {});
  networks = {
    objects: await loadModel(at("objects")),
    membranes: await loadModel(at("membranes")),
    plain: await loadModel(at("plain")),
  };
  objects = (await segment(image, networks.objects, { threshold: 0.5 })).labels;
  inside = { width, height, data: objects.data.map((label) => Math.min(label, 1)) };
  for (const [name, labels] of Object.entries({ instances: objects, classes: inside })) {
    await mkdir(at(name, "images"), { recursive: true });
    await mkdir(at(name, "masks"), { recursive: true });
    await writeImage(at(name, "images/a.tif"), image);
    await writeLabels(at(name, "masks/a.tif"), labels);
  }
});
afterAll(async () => {
  for (const model of Object.values(networks)) model.dispose();
  await rm(folder, { recursive: true });
});

/** What `unet evaluate --json` says, by measure. */
async function evaluated(run: string, kind: LabelKind, ...args: string[]) {
  const { code, out } = await runUnet(
    ...["evaluate", run, `folder:${at(kind)}`, "--kind", kind, "--json"],
    ...args,
  );
  expect(code).toBe(0);
  const { measures, ...said } = JSON.parse(out);
  const values = measures.map(({ name, value }: { name: string; value: number }) => [name, value]);
  return { ...said, ...Object.fromEntries(values) };
}

test("objects are those that the task makes, and the line says how", async () => {
  const { labels } = await segment(image, networks.objects);
  const found = await evaluated(at("objects"), "instances");
  expect(found.seg).toBe(segMeasure(labels, objects).score);
  expect(found.f1).toBe(instanceScores(labels, objects).perThreshold[0].f1);
  expect(found.f1).toBeGreaterThan(0);
  expect(found.task).toEqual(task);
  const plain = await evaluated(at("plain"), "instances");
  expect(plain.f1).not.toBe(found.f1);
  expect(plain.task).toBeUndefined();
  const { err } = await runUnet(
    "evaluate",
    at("objects"),
    `folder:${at("instances")}`,
    "--kind",
    "instances",
  );
  expect(unwrapped(err)).toContain('task       instances by "mine": at scale 0.6, threshold 0.45');
});

test("regions between membranes are judged with their gaps closed, pixels by the score", async () => {
  const { labels, scores } = await segment(image, networks.membranes, { scores: true });
  const regions = {
    ...{ width, height, channels: 1 },
    data: Float32Array.from(labels.data, (label) => Math.min(label, 1)),
  };
  const found = await evaluated(at("membranes"), "classes");
  expect(found.vinfo).toBe(vInfo(regions, inside).score);
  expect(found.vrand).toBe(vRand(regions, inside).score);
  expect(found.vinfo).not.toBe(vInfo(scores, inside).score);
  expect(found.pixel).toBe(pixelError(scores, inside).challenge);
});

test("a class that is named is looked for from one half on, at the task's scale", async () => {
  const out = { ...task.out, score: [0, 1, 0] };
  const map = await scoreImage(image, networks.objects, { ...task, out });
  const found = await evaluated(at("objects"), "classes", "--class", "1", "--measures", "pixel,iou");
  expect(found.pixel).toBe(pixelError(map, inside).challenge);
  const class1 = { ...inside, data: Int32Array.from(map.data, (score) => (score >= 0.5 ? 1 : 0)) };
  expect(found.iou).toBe(iou(class1, inside));
});

test("the mean of several runs is evaluated as one", async () => {
  await saveNetwork(at("other"), { task, seed: 16 });
  const other = await loadModel(at("other"));
  const { labels } = await segment(image, [networks.objects, other]);
  const found = await evaluated(`${at("objects")},${at("other")}`, "instances", "--measures", "seg");
  expect(found.seg).toBe(segMeasure(labels, objects).score);
  other.dispose();
});

test("a run is averaged over turned images by --tta, which files can't be", async () => {
  const { labels } = await segment(image, networks.objects, { symmetries: true });
  const found = await evaluated(at("objects"), "instances", "--measures", "seg", "--tta");
  expect(found.seg).toBe(segMeasure(labels, objects).score);
  const plain = await evaluated(at("objects"), "instances", "--measures", "seg");
  expect(plain.seg).not.toBe(found.seg);
  // A model may ask for it by its task.
  await saveNetwork(at("turned"), { task: { ...task, symmetries: true } });
  const turned = (...args: string[]) => evaluated(at("turned"), "instances", "--measures", "seg", ...args);
  expect((await turned()).seg).toBe(found.seg);
  expect((await turned("--tta", "none")).seg).toBe(plain.seg);
  const files = await runUnet("evaluate", at("instances", "masks"), at("instances", "masks"), "--tta");
  expect(files.code).toBe(2);
  expect(unwrapped(files.err)).toContain("--tta is for a run");
});
