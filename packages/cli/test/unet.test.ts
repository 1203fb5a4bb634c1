import { mkdir, readFile, writeFile } from "node:fs/promises";
import { backendNames } from "@unet/backend";
import { writeImage } from "@unet/image";
import { beforeEach, describe, expect, test } from "vitest";
import { inNewFolder, saveUntrained, unet } from "./in-folder.js";

const at = inNewFolder();

test("inspect says what a run is", async () => {
  const training = { steps: 3, loss: 0.5 };
  await saveUntrained(at("run"), { classNames: ["background", "cell"], training });
  const { out } = await unet(0, "inspect", at("run"), "--json");
  expect(JSON.parse(out)).toMatchObject({
    ...{ inputChannels: 1, classes: 2, classNames: ["background", "cell"], normalisation: "z-score" },
    geometry: { padding: "valid", margin: 20, multiple: 4 },
    architecture: { filters: 2, depth: 2 },
    training,
  });
});

test("backends say what is there", async () => {
  const { out } = await unet(0, "backends", "--json");
  const probes = JSON.parse(out) as Array<{ name: string; available: boolean; reason?: string }>;
  expect(probes.map(({ name }) => name).sort()).toEqual([...backendNames].sort());
  for (const name of ["wasm", "cpu"])
    expect(probes).toContainEqual(expect.objectContaining({ name, available: true }));
  expect(probes.find(({ name }) => name === "webgl")?.reason).toBe("Node has no WebGL");
});

test.each(["train", "predict", "evaluate", "check", "synth", "inspect", "backends", "demo"])(
  "%s --help succeeds",
  async (command) => {
    expect((await unet(0, command, "--help")).out).toContain(`Usage: unet ${command}`);
  },
);

test("--backend comes before UNET_BACKEND, which stays as it is", async () => {
  process.env.UNET_BACKEND = "abacus";
  try {
    const data = ["--data", "synthetic-cells:2", "--out", at("run"), "--steps", "1"];
    const small = ["--recipe", "paper", "--filters", "2", "--depth", "1", "--tile-size", "48"];
    const { err } = await unet(1, "train", ...data, ...small);
    expect(err).toContain('UNET_BACKEND: there is no backend "abacus"; there are tensorflow-gpu');
    const { out } = await unet(0, "train", ...data, ...small, "--backend", "cpu", "--json");
    expect(JSON.parse(out).backend).toBe("cpu");
    expect(process.env.UNET_BACKEND).toBe("abacus");
  } finally {
    process.env.UNET_BACKEND = "wasm";
  }
});

describe("what goes wrong is said in one line, with its exit code, without a stack trace", () => {
  const refused = async (code: number, message: string, ...args: string[]) => {
    const { err } = await unet(code, ...args);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n {4}at /);
  };
  const training = (data: string) => ["train", "--data", data, "--out", at("other"), "--steps", "1"];
  const predict = (...more: string[]) => ["predict", at("run"), "a.png", ...more];
  beforeEach(() => saveUntrained(at("run")));

  test.each<[string, string[]]>([
    ["unknown command 'trian'", ["trian"]],
    ["--data is missing", ["train"]],
  ])("%s: 2", (message, args) => refused(2, message, ...args));

  test.each<[string, string[]]>([
    ["It must be a whole number of at least 1.", ["--filters", "0"]],
    ["sample 1 is in both --samples and --validation", ["--samples", "0-1", "--validation", "1"]],
    ["--samples names sample 9, but the data has samples 0 to 1", ["--samples", "9"]],
    ["Allowed choices are", ["--backend", "abacus"]],
  ])("train: %s: 2", (message, args) => refused(2, message, ...training("synthetic-cells:2"), ...args));

  test.each<[string, string[]]>([
    ["--out must end in .tif, .tiff, .png or .zarr, or be a folder, got x.jpg", ["--out", "x.jpg"]],
    ["must be a size such as 500M or 2G", ["--out", "x.tif", "--memory", "much"]],
    ["Allowed choices are none, symmetries, rotations", ["--out", "x.tif", "--tta", "all"]],
    ["--overlay must end in .png, or be a folder, got x.jpg", ["--out", "x.tif", "--overlay", "x.jpg"]],
    [
      "--out of labels must end in .tif, .tiff or .png, or be a folder, got x.zarr",
      ["--out", "x.zarr", "--as", "labels"],
    ],
    ["--table must end in .csv or .json, or be a folder, got x.txt", ["--out", "x.tif", "--table", "x.txt"]],
    [
      "--geojson must be a folder for 2 inputs, got x.geojson",
      ["b.png", "--out", "folder", "--geojson", "x.geojson"],
    ],
    ["would both be written to x.tif", ["--out", "x.tif", "--instances", "x.tif"]],
    ["--as says what --out holds; give --out", ["--as", "labels"]],
    ["a.png is an input", ["--out", "./a.png"]],
  ])("predict: %s: 2", (message, args) => refused(2, message, ...predict(...args)));

  test("patterns that match nothing: 2", async () => {
    await refused(2, "matches no image", "predict", at("run"), at("*.bmp"), "--out", "x.tif");
  });

  test("files that hold one page: 2", async () => {
    const page = { width: 50, height: 40, channels: 1, data: new Uint8Array(2000) };
    await writeImage(at("stack.tif"), [page, page, page]);
    const into = (option: string, file: string) => ["predict", at("run"), at("stack.tif"), option, at(file)];
    await refused(2, "stack.zarr can't hold 3 pages; write a .tif", ...into("--instances", "stack.zarr"));
    await refused(2, "a.png can't hold 3 pages", ...into("--out", "a.png"));
  });

  test("what isn't there: 1", async () => {
    await refused(2, "cells names no data; write isbi2012:DIR", ...training("cells"));
    await refused(1, "there is no such folder", ...training("isbi2012:nowhere"));
    await refused(1, "there is no nowhere; give the folder", "predict", "nowhere", "a.png", "--out", "x.png");
    const out = ["--out", at("x.png")];
    await refused(1, "nowhere.png: no such file", "predict", at("run"), "nowhere.png", ...out);
  });

  test("damaged and unfit images: 1", async () => {
    const page = {
      width: 50,
      height: 40,
      channels: 1,
      data: Uint8Array.from({ length: 2000 }, (_, i) => i % 251),
    };
    await writeImage(at("whole.tif"), [page, page]);
    const whole = await readFile(at("whole.tif"));
    await writeFile(at("cut.tif"), whole.subarray(0, whole.length / 2));
    await refused(1, "cut.tif: ", "predict", at("run"), at("cut.tif"), "--out", at("x.tif"));
    const colours = Uint8Array.from({ length: 192 }, (_, i) => i % 3);
    await writeImage(at("rgb.png"), { width: 8, height: 8, channels: 3, data: colours });
    const channels = "the image has 3 channels, but the model takes 1";
    await refused(1, channels, "predict", at("run"), at("rgb.png"), "--out", at("x.png"));
  });

  test("masks that say no classes: 1", async () => {
    const size = { width: 8, height: 8 };
    for (const name of ["images", "masks"]) await mkdir(at("data", name), { recursive: true });
    await writeImage(at("data/images/a.png"), { ...size, channels: 1, data: new Uint8Array(64) });
    const colours = Uint8Array.from({ length: 192 }, (_, i) => i % 3);
    await writeImage(at("data/masks/a.png"), { ...size, channels: 3, data: colours });
    await refused(1, "colour", ...training(`folder:${at("data")}`));
    await writeImage(at("data/masks/a.png"), { ...size, channels: 1, data: new Uint8Array(64).fill(5) });
    await refused(1, "5", ...training(`folder:${at("data")}`));
  });

  test("--verbose prints where it happened", async () => {
    expect((await unet(1, "inspect", "nowhere", "--verbose")).err).toMatch(/\n {4}at /);
  });
});
