import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { writeImage, writeLabels } from "@unet/image";
import { temporaryFor } from "@unet/image/node";
import { zarrSink } from "@unet/inference/zarr";
import { createUNet, saveModel } from "@unet/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runUnet, unwrapped } from "./run-unet.js";

/** Made once: a model, a data set, images, a Zarr. */
let made: string;
/** A copy of it for each test, whose files are compared at the end. */
let folder: string;

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  await useBackend();
  made = await mkdtemp(join(tmpdir(), "unet-outputs-"));
  const model = createUNet({ filters: 1, depth: 1, seed: 1 });
  await saveModel(model, join(made, "run"), { normalisation: "z-score" });
  model.dispose();
  const { image, labels } = await syntheticCells({ count: 1, width: 32, height: 32, seed: 1 }).get(0);
  for (const part of ["images", "masks"]) await mkdir(join(made, "data", part), { recursive: true });
  await writeImage(join(made, "data/images/a.png"), image);
  await writeLabels(join(made, "data/masks/a.png"), labels);
  for (const name of ["x.tif", "x.png", "y.tif"]) await writeImage(join(made, name), image);
  await writeLabels(join(made, "truth.png"), labels);
  const sink = await zarrSink(join(made, "in.zarr"), { width: 32, height: 32, channels: 1, chunk: 16 });
  const data = Float32Array.from(image.data);
  await sink.write({ x: 0, y: 0, width: 32, height: 32 }, { width: 32, height: 32, channels: 1, data });
  await sink.close?.(true);
});
afterAll(() => rm(made, { recursive: true }));
beforeEach(async () => {
  folder = `${made}-copy`;
  await rm(folder, { recursive: true, force: true });
  await cp(made, folder, { recursive: true });
});
afterAll(() => rm(`${made}-copy`, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

/** All files, and what they hold. */
async function contents(root = folder): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, "base64")));
  return Object.fromEntries(files.map((file, i) => [relative(root, file), texts[i]]));
}

/** Other paths to a file that exists. */
const ways: Record<string, (path: string) => Promise<string>> = {
  "the path itself": async (path) => path,
  "a relative path": async (path) => relative(process.cwd(), path),
  "a path with ..": async (path) => `${folder}/data/../${relative(folder, path)}`,
  "a path with // and .": async (path) => `${folder}//./${relative(folder, path)}`,
  "a link to the file": async (path) => {
    const other = at(`link${path.slice(path.lastIndexOf("."))}`);
    await symlink(path, other);
    return other;
  },
  "a link to a link": async (path) => {
    const extension = path.slice(path.lastIndexOf("."));
    await symlink(path, at(`first${extension}`));
    await symlink(`first${extension}`, at(`second${extension}`));
    return at(`second${extension}`);
  },
  "a link to the folder": async (path) => {
    await symlink(folder, `${folder}/link`);
    return `${folder}/link/${relative(folder, path)}`;
  },
  "a hard link": async (path) => {
    const other = at(`hard${path.slice(path.lastIndexOf("."))}`);
    await link(path, other);
    return other;
  },
};

/** Each command that writes, with each of its outputs in place of each of its inputs. */
const cases: Array<[option: string, input: string, args: string[]]> = [
  ["--out", "x.tif", ["predict", "run", "x.tif"]],
  ["--out", "x.png", ["predict", "run", "x.png"]],
  ["--out", "x.tif", ["predict", "run", "x.tif", "--as", "labels"]],
  ["--out", "x.tif", ["predict", "run", "x.tif", "--as", "instances"]],
  ["--instances", "x.tif", ["predict", "run", "x.tif"]],
  ["--instances", "x.png", ["predict", "run", "x.png"]],
  ["--overlay", "x.png", ["predict", "run", "x.png"]],
  ["--geojson", "run/model.json", ["predict", "run", "x.tif"]],
  ["--summary", "run/model.json", ["predict", "run", "x.tif"]],
  ["--table", "run/model.json", ["predict", "run", "x.tif"]],
  ["--csv", "x.png", ["evaluate", "x.png", "truth.png"]],
  ["--csv", "truth.png", ["evaluate", "x.png", "truth.png"]],
  ["--csv", "run/model.json", ["evaluate", "run", "folder:data"]],
  ["--csv", "run/weights.bin", ["evaluate", "run", "folder:data"]],
  ["--csv", "data/masks/a.png", ["evaluate", "run", "folder:data"]],
  ["--picture", "x.png", ["evaluate", "x.png", "truth.png"]],
  ["--picture", "truth.png", ["evaluate", "x.png", "truth.png"]],
  ["--picture", "data/images/a.png", ["evaluate", "data/masks", "folder:data"]],
  ["--picture", "data/masks/a.png", ["evaluate", "data/masks", "folder:data"]],
  ["--picture", "data/images/a.png", ["check", "folder:data"]],
  ["--picture", "data/masks/a.png", ["check", "synthetic-cells:1", "--held-out", "folder:data"]],
  ["--out", "data/images/a.png", ["preview", "--data", "folder:data"]],
  ["--out", "data/masks/a.png", ["preview", "--data", "folder:data"]],
  ["--out", "data/images/a.png", ["weights", "folder:data"]],
  ["--out", "data/masks/a.png", ["weights", "folder:data"]],
];

describe.each(cases)("%s %s of unet %j", (option, input, args) => {
  test.each(Object.keys(ways))("is refused by %s, and nothing is written", async (way) => {
    const path = await ways[way](at(input));
    const before = await contents();
    const given = args.map((arg, i) => {
      if (arg.startsWith("folder:")) return `folder:${at(arg.slice(7))}`;
      return i > 0 && existsSync(at(arg)) ? at(arg) : arg;
    });
    const { code, err } = await runUnet(...given, option, path);
    expect(unwrapped(err)).toMatch(new RegExp(`${option} .* is an input.*; name another file`, "s"));
    expect(code).toBe(2);
    expect(await contents()).toEqual(before);
  });
});

/** Wrong usage in one line, and the folder as it was. */
async function refused(message: string | RegExp, ...args: string[]): Promise<void> {
  const before = await contents();
  const { code, err } = await runUnet(...args);
  expect(unwrapped(err)).toMatch(message);
  expect(code).toBe(2);
  expect(await contents()).toEqual(before);
}

describe("what a folder implies", () => {
  test("predict: results, objects, outlines and overlays in the folder of the inputs", async () => {
    const inputs = [at("x.tif"), at("y.tif")];
    await refused(/--out .*x\.tif is an input/, "predict", at("run"), ...inputs, "--out", folder);
    await refused(/--instances .*x\.tif is an input/, "predict", at("run"), ...inputs, "--instances", folder);
    const pictures = [at("x.png"), at("truth.png")];
    await refused(/--overlay .*x\.png is an input/, "predict", at("run"), ...pictures, "--overlay", folder);
    await symlink(folder, at("link"));
    await refused(/x\.tif is an input, .*x\.tif/, "predict", at("run"), ...inputs, "--out", at("link"));
  });

  test("predict: the overlay of a stack's page would be that of another input", async () => {
    await cp(at("x.tif"), at("y-0001.tif"));
    await refused(
      /y\.tif and .*y-0001\.tif would both be written to .*y-0001\.png/,
      ...["predict", at("run"), at("y.tif"), at("y-0001.tif"), "--overlay", folder],
    );
  });

  test("predict: two inputs of one base name would give one file", async () => {
    await mkdir(at("other"));
    await cp(at("x.tif"), at("other/x.tif"));
    for (const [option, end] of [
      ["--out", "x.tif"],
      ["--instances", "x.tif"],
      ["--geojson", "x.tif.geojson"],
      ["--overlay", "x.tif.png"],
    ]) {
      const inputs = [at("x.tif"), at("other/x.tif")];
      const message = new RegExp(
        `${inputs[0]} and ${inputs[1]} would both be written to ${at("into")}/${end}`,
      );
      await refused(message, "predict", at("run"), ...inputs, option, at("into"));
    }
  });

  test("predict: two results in one place, by links too", async () => {
    await writeFile(at("o.tif"), "");
    await symlink("o.tif", at("p.tif"));
    await link(at("o.tif"), at("q.tif"));
    for (const other of ["o.tif", "p.tif", "q.tif"]) {
      const results = ["--out", at("o.tif"), "--instances", at(other)];
      await refused(
        /--out and --instances would both be written to/,
        "predict",
        at("run"),
        at("x.tif"),
        ...results,
      );
    }
    await symlink("new.tif", at("to-new.tif"));
    const dangling = ["--out", at("new.tif"), "--instances", at("to-new.tif")];
    await refused(/would both be written to/, "predict", at("run"), at("x.tif"), ...dangling);
    await refused(
      /--csv and --picture would both be written to/,
      ...["evaluate", at("x.png"), at("truth.png"), "--csv", at("e.png"), "--picture", at("e.png")],
    );
  });

  test("predict: a Zarr is no place for results, nor what it is called until it is complete", async () => {
    const image = at("in.zarr");
    await refused(/--out .*in\.zarr is an input/, "predict", at("run"), image, "--out", image);
    await refused(/in an?|is an input/, "predict", at("run"), image, "--out", join(image, "0", "x.tif"));
    await cp(image, at("u.zarr.part"), { recursive: true });
    await refused(
      /u\.zarr\.part is an input/,
      "predict",
      at("run"),
      at("u.zarr.part"),
      "--out",
      at("u.zarr"),
    );
    await cp(image, at("mine.zarr"), { recursive: true });
    await refused(
      /mine\.zarr exists; remove it, or name another/,
      ...["predict", at("run"), at("x.tif"), "--out", at("mine.zarr")],
    );
  });

  test("a folder or a file is in the way", async () => {
    await refused(/--csv .*data is a folder; name a file/, ...evaluating(), "--csv", at("data"));
    await refused(
      /--csv .* can't be written: .*x\.tif is a file/,
      ...evaluating(),
      "--csv",
      at("x.tif/e.csv"),
    );
    await refused(/--out .*: .*x\.tif is a file/, "synth", "cells", "--out", at("x.tif"));
    await refused(
      /--out .*: .*x\.tif is a file/,
      ...["train", "--data", "synthetic-cells:2", "--out", at("x.tif/run")],
    );
  });

  const evaluating = () => ["evaluate", at("x.png"), at("truth.png")];
});

describe("folders that we didn't make", () => {
  test("train: neither the data, nor a model, nor a folder with files of its names", async () => {
    const training = ["train", "--data", `folder:${at("data")}`, "--steps", "1", "--out"];
    await refused(/--out .*data is an input/, ...training, at("data"));
    await symlink("data", at("link"));
    await refused(/--out .*link is an input/, ...training, at("link"));
    for (const name of ["config.json", "history.jsonl", "report.html", "model", "checkpoints/a.pt"]) {
      await mkdir(join(at("mine"), name, ".."), { recursive: true });
      await writeFile(join(at("mine"), name), "mine");
      await refused(/--out .*mine holds .*; name another folder/, ...training, at("mine"));
      await rm(at("mine"), { recursive: true });
    }
    await mkdir(at("run/checkpoints"));
    await writeFile(at("run/checkpoints/00000007.bin"), "");
    await refused(
      /holds a run already, of 7 steps; go on with unet train --resume .*run/,
      ...training,
      at("run"),
    );
  });

  test("synth: a folder that holds something", async () => {
    await refused(
      /--out .*data holds images; name a new or an empty folder/,
      "synth",
      "cells",
      "--out",
      at("data"),
    );
  });

  test("demo: a folder with files of its names", async () => {
    await mkdir(at("mine"));
    for (const name of ["report.html", "loss.png", "cells-1.png"]) {
      await writeFile(at(`mine/${name}`), "mine");
      await refused(/--out .*mine holds .*, which is of no such report/, "demo", "--out", at("mine"));
      await rm(at(`mine/${name}`));
    }
  });
});

describe("what is written", () => {
  test("a Zarr is one by its name in upper case, too", async () => {
    const { code } = await runUnet("predict", at("run"), at("x.tif"), "--out", at("U.ZARR"));
    expect(code).toBe(0);
    expect(await readdir(at("U.ZARR"))).toContain("zarr.json");
  });

  test("scores and objects that are there are taken where the table is not, and only by the same command", async () => {
    const files = ["--out", at("s.zarr"), "--instances", at("o.zarr")];
    const args = ["predict", at("run"), at("x.tif"), ...files, "--table", at("t.json"), "--threshold", "0"];
    expect((await runUnet(...args)).code).toBe(0);
    const whole = await contents();
    await rm(at("t.json"));
    expect((await runUnet(...args)).code).toBe(0);
    expect(await contents()).toEqual(whole);
    await refused(/s\.zarr exists; remove it/, ...args, "--tta");
    await refused(/o\.zarr exists; remove it/, ...args, "--minimum-size", "2");
    await refused(/s\.zarr exists; remove it/, ...args.with(2, at("y.tif")));
  });

  test("what killed commands left is gone after the next run", async () => {
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const leftOf = (path: string) => temporaryFor(path).replace(`-${process.pid}-`, `-${ended}-`);
    const left = ["o.tif", "o.png", "o.geojson", "t.csv"].map((name) => leftOf(at(name)));
    for (const path of left) await writeFile(path, "half");
    await mkdir(join(leftOf(at("cells")), "images"), { recursive: true });
    const results = ["--out", at("o.tif"), "--overlay", at("o.png"), "--geojson", at("o.geojson")];
    expect((await runUnet("predict", at("run"), at("x.tif"), ...results, "--table", at("t.csv"))).code).toBe(
      0,
    );
    expect((await runUnet("synth", "cells", "--out", at("cells"), "--count", "2", "--size", "32")).code).toBe(
      0,
    );
    expect((await readdir(folder)).filter((name) => /tmp|part|lock|scores/.test(name))).toEqual([]);
    expect((await readdir(at("cells/images"))).length).toBe(2);
  });
});
