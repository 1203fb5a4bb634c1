import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { readImage, readLabelStack, readLabels, readStack, writeImage } from "@unet/image";
import { drawOverlay } from "@unet/image/picture";
import { argMax, predictTiled, type SegmentOptions, scoreImage, segment, type Task } from "@unet/inference";
import { instancesToCsv } from "@unet/inference/instances";
import { zarrSource } from "@unet/inference/zarr";
import { loadModel } from "@unet/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runUnet, unwrapped } from "./run-unet.js";
import { height, image, saveNetwork, task, width } from "./task-network.js";

const { calibration: _, ...rest } = task;
const classes: Task = { ...rest, aim: "classes" };

let folder: string;
let before: string;
const at = (...parts: string[]) => join(folder, ...parts);

let networks: Record<string, LayersModel>;
beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await realpath(await mkdtemp(join(tmpdir(), "unet-task-")));
  await useBackend();
  await saveNetwork(at("objects"), { task });
  await saveNetwork(at("other"), { task: { ...task, out: { ...task.out, threshold: 0.5 } }, seed: 16 });
  await saveNetwork(at("classes"), { task: classes });
  await saveNetwork(at("plain"), {});
  await saveNetwork(at("half"), { task: { ...task, scale: 0.5 } });
  await writeImage(at("cells.tif"), image);
  await writeImage(at("stack.tif"), [image, { ...image, data: image.data.map((value) => 255 - value) }]);
  networks = Object.fromEntries(
    await Promise.all(
      ["objects", "other", "classes", "plain"].map(async (name) => [name, await loadModel(at(name))]),
    ),
  );
  before = process.cwd();
});
beforeEach(async () => {
  await rm(at("here"), { recursive: true, force: true });
  await mkdir(at("here"));
  process.chdir(at("here"));
});
afterAll(async () => {
  process.chdir(before);
  for (const model of Object.values(networks)) model.dispose();
  await rm(folder, { recursive: true });
});

const predict = (run: string, ...args: string[]) =>
  runUnet(
    "predict",
    run
      .split(",")
      .map((name) => at(name))
      .join(),
    ...args,
  );
const files = async () => (await readdir(at("here"))).sort();

describe("with nothing else than a run and an image", () => {
  test("it writes what the package's segment gives, says what it used, and refuses to do so again", async () => {
    const { code, out, err } = await predict("objects", at("cells.tif"));
    expect(unwrapped(err)).toContain(
      'task       instances by "mine": at scale 0.6, threshold 0.45, split by scores, smallest 6 px, holes filled (calibrated on 7 images)',
    );
    expect(code).toBe(0);
    expect(await files()).toEqual(["cells-objects.csv", "cells-objects.tif"]);
    const { labels, table } = await segment(image, networks.objects);
    expect(table.length).toBeGreaterThan(10);
    expect(await readLabels("cells-objects.tif")).toEqual(labels);
    expect(await readFile("cells-objects.csv", "utf8")).toBe(instancesToCsv(table));
    expect(out).toContain(`cells-objects.tif  1 page of 90 × 61, ${table.length} objects`);

    await writeFile("cells-objects.tif", "mine");
    const again = await predict("objects", at("cells.tif"));
    expect(again.code).toBe(2);
    expect(unwrapped(again.err)).toContain(
      "cells-objects.tif, cells-objects.csv exist here; remove them, or name other places by --instances and --table",
    );
    expect(await readFile("cells-objects.tif", "utf8")).toBe("mine");
    expect(await files()).toEqual(["cells-objects.csv", "cells-objects.tif"]);
  });

  test("classes are one file of each pixel's class", async () => {
    const { code, err } = await predict("classes", at("cells.tif"));
    expect(unwrapped(err)).toContain('task       classes by "mine": at scale 0.6, the likeliest class\n');
    expect(code).toBe(0);
    expect(await files()).toEqual(["cells-classes.tif"]);
    const { labels } = await segment(image, networks.classes);
    expect(new Set(labels.data).size).toBe(3);
    expect(await readLabels("cells-classes.tif")).toEqual(labels);

    expect((await predict("classes", at("cells.tif"), "--overlay", "o.png")).code).toBe(0);
    expect(await readImage("o.png")).toEqual(drawOverlay(image, labels, { kind: "classes" }));
  });

  test("a stack gives a stack, several images have files of their own", async () => {
    expect((await predict("objects", at("stack.tif"), at("cells.tif"))).code).toBe(0);
    expect(await files()).toEqual(
      ["cells-objects.csv", "cells-objects.tif", "stack-objects.csv", "stack-objects.tif"].sort(),
    );
    const { labels } = await segment(image, networks.objects);
    expect((await readLabelStack("stack-objects.tif"))[0]).toEqual(labels);
  });

  test("a model without a task gives the components of class 1, and says so", async () => {
    const { code, err } = await predict("plain", at("cells.tif"));
    expect(code).toBe(0);
    expect(unwrapped(err)).toContain(
      "task       instances: threshold 0.5, not split (the model says nothing of itself)",
    );
    expect(await readLabels("cells-objects.tif")).toEqual((await segment(image, networks.plain)).labels);
  });

  test("--as has nothing to say of", async () => {
    const { code, err } = await predict("objects", at("cells.tif"), "--as", "labels");
    expect([code, unwrapped(err)]).toEqual([
      2,
      expect.stringContaining("--as says what --out holds; give --out"),
    ]);
  });
});

describe("options stand in for the task's settings", () => {
  test.each<[string[], SegmentOptions & { sink?: undefined }]>([
    [["--threshold", "0.6"], { threshold: 0.6 }],
    [["--scale", "1"], { scale: 1 }],
    [["--scale", "1.7", "--minimum-size", "40"], { scale: 1.7, minimumSize: 40 }],
    [["--no-fill-holes", "--split", "none"], { fillHoles: false, split: "none" }],
    [["--split", "contours", "--threshold", "0.4"], { split: "contours", threshold: 0.4 }],
    [["--split"], { split: "distance" }],
    [["--class", "2", "--threshold", "0.3"], { score: [0, 0, 1], threshold: 0.3 }],
    [["--tta"], { symmetries: true }],
  ])("%j", async (args, options) => {
    const { code, err } = await predict("objects", at("cells.tif"), "--instances", "o.tif", ...args);
    expect(code).toBe(0);
    const { labels, table } = await segment(image, networks.objects, options);
    expect(table.length).toBeGreaterThan(0);
    expect(await readLabels("o.tif")).toEqual(labels);
    // What isn't what was calibrated isn't called so.
    expect(unwrapped(err).includes("calibrated on 7 images")).toBe(args[0] === "--tta");
  });

  test("contours that memory can't hold are refused in the command's words", async () => {
    const args = ["--split", "contours", "--memory", "200K"];
    const { code, err } = await predict("objects", at("cells.tif"), ...args);
    expect(code).toBe(1);
    expect(unwrapped(err)).toContain(
      "unet: contours of 90 × 61 px need 1 MB of memory, and may take 1 MB; raise --memory, or --split scores",
    );
    expect(await files()).toEqual([]);
  });

  test("wrong ones are told", async () => {
    const said = async (...args: string[]) =>
      unwrapped((await predict("objects", at("cells.tif"), ...args)).err);
    expect(await said("--split", "watershed")).toContain(
      "It must be one of none, distance, scores, contours, or nothing after it.",
    );
    expect(await said("--scale", "1000")).toContain("It must be a number from 0.01 to 100");
    expect(await said("--class", "3")).toContain("--class must be 0 to 2 for this model, got 3");
    expect(await files()).toEqual([]);
  });
});

describe("scores", () => {
  test("are the task's, at the image's size, in TIFF, Zarr and PNG; or those of a class", async () => {
    const expected = await scoreImage(image, networks.objects, task);
    expect((await predict("objects", at("cells.tif"), "--out", "s.tif")).code).toBe(0);
    expect(await readImage("s.tif")).toEqual(expected);
    expect((await predict("objects", at("cells.tif"), "--out", "s.zarr")).code).toBe(0);
    const zarr = await zarrSource("s.zarr");
    expect(await zarr.read({ x: 0, y: 0, width, height })).toEqual(expected);
    expect((await predict("objects", at("stack.tif"), "--out", "stack.tif")).code).toBe(0);
    expect((await readStack("stack.tif"))[0]).toEqual(expected);
    expect((await predict("objects", at("cells.tif"), "--out", "s.png", "--class", "2")).code).toBe(0);
    const second = await scoreImage(image, networks.objects, {
      ...task,
      out: { ...task.out, score: [0, 0, 1] },
    });
    expect((await readImage("s.png")).data).toEqual(
      Uint8Array.from(second.data, (value) => Math.round(255 * value)),
    );
    expect((await files()).filter((name) => name.includes("scores"))).toEqual([]);
  });

  test("and objects beside each pixel's class come from one prediction", async () => {
    const args = ["--out", "c.tif", "--as", "labels", "--instances", "o.tif", "--scale", "1"];
    expect((await predict("objects", at("cells.tif"), ...args)).code).toBe(0);
    expect(await readLabels("c.tif")).toEqual(argMax(await predictTiled(image, networks.objects)));
    const { labels } = await segment(image, networks.objects, { scale: 1 });
    expect(await readLabels("o.tif")).toEqual(labels);
  });

  test("in a Zarr are known by scale and weights, and objects by how they were found", async () => {
    const zarrs = ["--out", "s.zarr", "--instances", "o.zarr"];
    expect((await predict("objects", at("cells.tif"), ...zarrs)).code).toBe(0);
    const again = await predict("objects", at("cells.tif"), ...zarrs, "--table", "t.csv");
    expect([again.code, again.err.includes("exists")]).toEqual([0, false]);
    for (const other of [
      ["--scale", "0.7"],
      ["--class", "1"],
      ["--scale", "1"],
    ]) {
      const { code, err } = await predict("objects", at("cells.tif"), ...zarrs, ...other);
      expect([code, unwrapped(err)]).toEqual([2, expect.stringContaining("s.zarr exists; remove it")]);
    }
    const { code, err } = await predict("objects", at("cells.tif"), ...zarrs, "--split", "none");
    expect([code, unwrapped(err)]).toEqual([2, expect.stringContaining("o.zarr exists; remove it")]);
  });
});

describe("several runs", () => {
  test("between commas are segmented by their mean", async () => {
    const { code, err } = await predict("objects,other", at("cells.tif"));
    expect(unwrapped(err)).toContain('task       instances by "mine": at scale 0.6, threshold 0.45');
    expect(err).not.toContain("calibrated");
    expect(code).toBe(0);
    const { labels } = await segment(image, [networks.objects, networks.other]);
    expect(labels).not.toEqual((await segment(image, networks.objects)).labels);
    expect(await readLabels("cells-objects.tif")).toEqual(labels);
  });

  test("that don't fit together are refused; each must be a run", async () => {
    const tensors = tf.memory().numTensors;
    const { code, err } = await predict("objects,half", at("cells.tif"));
    expect([code, unwrapped(err)]).toEqual([
      1,
      expect.stringContaining(
        "networks must be trained for the same; one is for instances at scale 0.6, one for instances at scale 0.5",
      ),
    ]);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(unwrapped((await predict("objects,none", at("cells.tif"))).err)).toContain(
      `there is no ${at("none")}`,
    );
    expect(existsSync("cells-objects.tif")).toBe(false);
  });
});
