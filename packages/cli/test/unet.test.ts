import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImage, readLabels, readStack, writeImage } from "@unet/image";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../src/main.js";

let folder: string;
let output: string[];
let errors: string[];

beforeAll(async () => {
  process.env.UNET_BACKEND = "wasm";
  folder = await mkdtemp(join(tmpdir(), "unet-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  output = [];
  errors = [];
  vi.spyOn(console, "log").mockImplementation((line) => void output.push(String(line)));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => output.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => errors.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const unet = (...args: string[]) => main(args);
const run = () => join(folder, "run");

test("synth writes images and masks; train learns from that folder, and keeps a run", async () => {
  const data = join(folder, "cells");
  expect(await unet("synth", "cells", "--out", data, "--count", "5", "--size", "96x80")).toBe(0);
  expect(await readdir(join(data, "images"))).toHaveLength(5);
  expect(await readImage(join(data, "images", "cells-0004.png"))).toMatchObject({ width: 96, height: 80 });
  expect(Math.max(...(await readLabels(join(data, "masks", "cells-0000.png"))).data)).toBeGreaterThan(3);

  const args = ["--data", `folder:${data}`, "--kind", "instances", "--out", run(), "--steps", "3"];
  expect(await unet("train", ...args, "--filters", "2", "--depth", "2", "--tile", "60", "--json")).toBe(0);
  const summary = JSON.parse(output.at(-1)!);
  expect(summary).toMatchObject({ out: run(), backend: "wasm", steps: 3 });
  expect(summary.validation.loss).toBeGreaterThan(0);
  expect((await readdir(run())).sort()).toEqual(["checkpoints", "config.json", "history.jsonl", "model"]);
  expect((await readFile(join(run(), "history.jsonl"), "utf8")).trim().split("\n")).toHaveLength(3);
});

test("predict turns a stack into a stack, as probabilities, labels or objects; evaluate measures it", async () => {
  const pages = [0, 1, 2].map((page) => ({
    width: 50,
    height: 40,
    channels: 1,
    data: Uint8Array.from({ length: 2000 }, (_, i) => (i * 7 + page * 31) % 256),
  }));
  const stack = join(folder, "stack.tif");
  await writeImage(stack, pages);
  const target = (name: string) => join(folder, name);
  expect(await unet("predict", run(), stack, "--out", target("p.tif"))).toBe(0);
  const probabilities = await readStack(target("p.tif"));
  expect(probabilities.map(({ width, height, channels }) => [width, height, channels])).toEqual(
    new Array(3).fill([50, 40, 1]),
  );
  for (const { data } of probabilities) for (const p of data) expect(p >= 0 && p <= 1).toBe(true);

  expect(await unet("predict", run(), stack, "--out", target("l.tif"), "--as", "labels")).toBe(0);
  const labels = await readStack(target("l.tif"));
  labels.forEach((page, i) => {
    expect(page.data).toEqual(Uint8Array.from(probabilities[i].data, (p) => (p > 0.5 ? 1 : 0)));
  });

  expect(await unet("evaluate", target("p.tif"), target("l.tif"), "--json", "--measures", "iou,dice")).toBe(
    0,
  );
  const { images, measures } = JSON.parse(output.at(-1)!);
  expect(images).toBe(3);
  expect(measures.map(({ name, value }: { name: string; value: number }) => [name, value])).toEqual([
    ["iou", 1],
    ["dice", 1],
  ]);
});

test("several inputs go to a folder, by name", async () => {
  const inputs = ["a.png", "b.png"].map((name) => join(folder, name));
  const image = { width: 30, height: 20, channels: 1, data: new Uint8Array(600).fill(9) };
  for (const input of inputs) await writeImage(input, image);
  expect(await unet("predict", run(), ...inputs, "--out", join(folder, "many"))).toBe(0);
  expect((await readdir(join(folder, "many"))).sort()).toEqual(["a.tif", "b.tif"]);
});

test("inspect says what a run is; backends say what is there", async () => {
  expect(await unet("inspect", run(), "--json")).toBe(0);
  expect(JSON.parse(output.at(-1)!)).toMatchObject({
    inputChannels: 1,
    classes: 2,
    normalisation: "z-score",
    geometry: { padding: "valid", margin: 20, multiple: 4 },
    architecture: { filters: 2, depth: 2 },
    training: { steps: 3 },
  });
  expect(await unet("backends", "--json")).toBe(0);
  const probes = JSON.parse(output.at(-1)!) as Array<{ name: string; available: boolean }>;
  expect(probes.find(({ name }) => name === "wasm")?.available).toBe(true);
  expect(probes.map(({ name }) => name).sort()).toEqual([
    "cpu",
    "simd",
    "tensorflow",
    "tensorflow-gpu",
    "wasm",
    "webgl",
    "webgpu",
  ]);
});

test("--help is there for each command and succeeds", async () => {
  for (const command of ["train", "predict", "evaluate", "synth", "inspect", "backends", "demo"]) {
    expect(await unet(command, "--help")).toBe(0);
    expect(output.join("")).toContain(`Usage: unet ${command}`);
  }
});

describe("what goes wrong is said in one line, with its exit code, without a stack trace", () => {
  const refused = async (code: number, message: string, ...args: string[]) => {
    expect(await unet(...args)).toBe(code);
    const said = errors.join("");
    expect(said).toContain(message);
    expect(said).not.toMatch(/\n {4}at /);
  };
  const training = (data: string) => [
    "train",
    "--data",
    data,
    "--out",
    join(folder, "other"),
    "--steps",
    "1",
  ];

  test("wrong usage: 2", async () => {
    await refused(2, "unknown command 'trian'", "trian");
    await refused(2, "required option '--data <spec>' not specified", "train");
    await refused(
      2,
      "It must be a whole number of at least 1.",
      ...training("synthetic-cells:2"),
      "--filters",
      "0",
    );
    await refused(
      2,
      "sample 1 is in both --samples and --validation",
      ...training("synthetic-cells:2"),
      "--samples",
      "0-1",
      "--validation",
      "1",
    );
    await refused(
      2,
      "--samples names sample 9, but the data has samples 0 to 1",
      ...training("synthetic-cells:2"),
      "--samples",
      "9",
    );
    await refused(
      2,
      "--out must end in .tif, .tiff or .png for one input",
      "predict",
      run(),
      "a.png",
      "--out",
      "x.jpg",
    );
    await refused(2, "Allowed choices are", ...training("synthetic-cells:2"), "--backend", "abacus");
  });

  test("failures: 1", async () => {
    await refused(1, 'openDataset: "cells" names no data; write isbi2012:DIR', ...training("cells"));
    await refused(1, "there is no such folder", ...training("isbi2012:nowhere"));
    await refused(1, "holds no model.json; give the folder", "predict", "nowhere", "a.png", "--out", "x.png");
    await refused(
      1,
      "nowhere.png: no such file",
      "predict",
      run(),
      "nowhere.png",
      "--out",
      join(folder, "x.png"),
    );
  });

  test("damaged and unfit images", async () => {
    const cut = join(folder, "cut.tif");
    const whole = await readFile(join(folder, "stack.tif"));
    await writeFile(cut, whole.subarray(0, whole.length / 2));
    await refused(1, "cut.tif: ", "predict", run(), cut, "--out", join(folder, "x.tif"));
    const rgb = join(folder, "rgb.png");
    await writeImage(rgb, { width: 8, height: 8, channels: 3, data: new Uint8Array(192) });
    await refused(
      1,
      "the image has 3 channels, but the model takes 1",
      "predict",
      run(),
      rgb,
      "--out",
      join(folder, "x.png"),
    );
    const data = join(folder, "coloured");
    for (const name of ["images", "masks"]) await mkdir(join(data, name), { recursive: true });
    await writeImage(join(data, "images", "a.png"), {
      width: 8,
      height: 8,
      channels: 1,
      data: new Uint8Array(64),
    });
    await writeImage(join(data, "masks", "a.png"), {
      width: 8,
      height: 8,
      channels: 3,
      data: new Uint8Array(192),
    });
    await refused(1, "colour", ...training(`folder:${data}`));
    await writeImage(join(data, "masks", "a.png"), {
      width: 8,
      height: 8,
      channels: 1,
      data: new Uint8Array(64).fill(5),
    });
    await refused(1, "5", ...training(`folder:${data}`));
  });

  test("an unknown UNET_BACKEND", async () => {
    process.env.UNET_BACKEND = "abacus";
    await refused(
      1,
      'UNET_BACKEND: there is no backend "abacus"; there are tensorflow-gpu',
      ...training("synthetic-cells:2"),
    );
    process.env.UNET_BACKEND = "wasm";
  });

  test("--verbose prints where it happened", async () => {
    expect(await unet("inspect", "nowhere", "--verbose")).toBe(1);
    expect(errors.join("")).toMatch(/\n {4}at /);
  });
});
