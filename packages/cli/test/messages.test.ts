import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useBackend } from "@unet/backend";
import { writeImage, writeLabels } from "@unet/image";
import { createUNet, saveModel } from "@unet/model";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../src/messages/errors.js";
import { inWords } from "../src/messages/in-words.js";
import { WIDTH, wrap } from "../src/messages/wrap.js";
import { examples } from "../src/usage/examples.js";
import { type Ran, runUnet, unwrapped } from "./run-unet.js";

let folder: string;

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-messages-"));
  await useBackend();
  const model = createUNet({ depth: 1, filters: 2, seed: 1 });
  await saveModel(model, join(folder, "run"));
  model.dispose();
  const grey = { width: 20, height: 20, channels: 1, data: new Uint8Array(400) };
  for (const data of ["cells", "em", "lonely"])
    await mkdir(join(folder, data, "images"), { recursive: true });
  await mkdir(join(folder, "cells/masks"));
  for (const name of ["a.png", "b.png"]) {
    await writeImage(join(folder, "cells/images", name), grey);
    await writeLabels(join(folder, "cells/masks", name), { ...grey, data: Int32Array.from(grey.data) });
  }
  await writeImage(join(folder, "lonely/images/a.png"), grey);
  for (const name of ["train-volume.tif", "train-labels.tif"])
    await writeImage(join(folder, "em", name), grey);
  await mkdir(join(folder, "track/01"), { recursive: true });
  await mkdir(join(folder, "track/01_GT"));
  await writeImage(join(folder, "image.tif"), grey);
  const colours = Uint8Array.from({ length: 1200 }, (_, i) => i % 3);
  await writeImage(join(folder, "colours.png"), { ...grey, channels: 3, data: colours });
  await writeImage(join(folder, "colours.tif"), { ...grey, channels: 2, data: colours.subarray(0, 800) });
  const notANumber = Float32Array.from({ length: 400 }, (_, i) => (i === 1 ? Number.NaN : i));
  await writeImage(join(folder, "nan.tif"), { ...grey, data: notANumber });
  await writeFile(join(folder, "text.png"), "no picture");
  await writeFile(join(folder, "plan.yaml"), "training: { steps: many }");
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command in whose words `DIR` stands for the folder of this test. */
async function said(command: string): Promise<Ran> {
  const args = command.split(" ").map((word) => word.replaceAll("DIR", folder));
  const { code, out, err } = await runUnet(...args);
  return { code, out, err: err.replaceAll(folder, "DIR") };
}

/** A word that only the packages' programs know: `predictTiled`, `maxPixels`. */
const OF_THE_API = /\b[a-z]+[A-Z]\w*|UNET_\w+|^unet: (train|resume|normalise|iou|dice|split): /;

const train = "train --out DIR/new --steps 1 --filters 2 --depth 1";

describe("what is wrong is said in the command's words, within 80 columns", () => {
  test.each([
    // of data
    [
      2,
      `${train} --data DIR/cells`,
      "DIR/cells is a folder; say what kind of data it holds: folder:DIR/cells",
    ],
    [2, `${train} --data DIR/em`, "say what kind of data it holds: isbi2012:DIR/em"],
    [2, `${train} --data DIR/track`, "say what kind of data it holds: ctc:DIR/track:01"],
    [2, `${train} --data DIR/track/01`, "say what kind of data it holds: ctc:DIR/track:01"],
    [2, `${train} --data ctc:DIR/track`, "lacks the sequence; write ctc:DIR:SEQUENCE"],
    [
      2,
      `${train} --data DIR/image.tif`,
      "is a file; data is a folder of images with their masks: folder:DIR",
    ],
    [2, `${train} --data foldr:DIR/cells`, "foldr:DIR/cells names no data; write isbi2012:DIR, ctc:DIR"],
    [2, `${train} --data DIR/nowhere`, "DIR/nowhere names no data; write isbi2012:DIR"],
    [1, `${train} --data folder:DIR/nowhere`, "DIR/nowhere: there is no such folder"],
    [
      1,
      `${train} --data folder:DIR/lonely`,
      "DIR/lonely/images/a.png has no mask: expected masks/a.png or labels/a.png",
    ],
    [1, `${train} --data isbi2012:DIR/cells`, "has no ISBI 2012 data: expected train-volume.tif"],
    [1, `${train} --data synthetic-cells:none`, "needs a number of images of at least 1 after the colon"],
    [2, "train --out DIR/new", "--data is missing; name the images, e.g. --data folder:DIR"],
    [2, "train --data synthetic-cells:2", "--out is missing; name the folder that gets the model"],
    [
      2,
      `${train} --data synthetic-cells:2 --samples 7`,
      "--samples names sample 7, but the data has samples 0 to 1",
    ],
    [2, `${train} --data synthetic-cells:2 --loss hinge`, "--loss must be one of weightedCrossEntropy, dice"],
    [
      2,
      `${train} --data synthetic-cells:2 --momentum 2`,
      "--momentum must be a number from 0 to below 1, got 2",
    ],
    [
      2,
      `${train} --data synthetic-cells:2 --class-weights 1,x`,
      '--class-weights must be "balanced", or a list',
    ],
    [2, "train --config DIR/plan.yaml --out DIR/new", "DIR/plan.yaml: training.steps must be a whole number"],
    [2, "train --config DIR/none.yaml --out DIR/new", "DIR/none.yaml: no such file"],
    [
      1,
      `${train} --data synthetic-cells:2 --tile-size 61`,
      "the network can't take an input of 61 px; nearest it takes 60",
    ],
    // of runs and images
    [1, "predict DIR/rum DIR/image.tif --out DIR/x.tif", "there is no DIR/rum; give the folder that"],
    [
      1,
      "predict DIR/image.tif DIR/run --out DIR/x.tif",
      "DIR/image.tif is a file, and no run; give the folder",
    ],
    [1, "inspect DIR/cells", "DIR/cells holds no model.json; give the folder"],
    [1, "predict DIR/run DIR/none.tif --out DIR/x.tif", "DIR/none.tif: no such file"],
    [1, "predict DIR/run DIR/text.png --out DIR/x.tif", "DIR/text.png: "],
    [1, "predict DIR/run DIR/colours.png --out DIR/x.tif", "the image has 3 channels, but the model takes 1"],
    [1, "predict DIR/run DIR/nan.tif --out DIR/x.tif", "unet: the image holds NaN at x 1, y 0"],
    [
      1,
      "predict DIR/run DIR/colours.tif --out DIR/x.tif",
      "choose some of them as it is read, by --channel,",
    ],
    [1, "predict DIR/run DIR/image.tif --out DIR/x.tif --memory 2K", "--memory must be at least"],
    [
      1,
      "predict DIR/run DIR/image.tif --out DIR/x.tif --tile-size 1",
      "the network can't take an input of 1 px; nearest it takes 18",
    ],
    [2, "predict DIR/run DIR/image.tif --as labels", "--as says what --out holds; give --out"],
    [1, "predict DIR/run,DIR/rum DIR/image.tif", "there is no DIR/rum; give the folder that"],
    [2, "predict DIR/run DIR/image.tif --out DIR/x.bmp", "--out must end in .tif, .tiff, .png or .zarr"],
    [2, "predict DIR/run DIR/image.tif --out DIR/x.tif --class 9", "--class must be 0 to 1 for this model"],
    [2, "predict DIR/run DIR/*.bmp --out DIR/x.tif", "matches no image"],
    [2, "track DIR/run DIR/*.bmp --out DIR/new", "matches no image"],
    [1, "track DIR/nowhere DIR/image.tif --out DIR/new", "there is no DIR/nowhere; give the folder that"],
    [2, "track DIR/run DIR/image.tif --out DIR/image.tif", "--out DIR/image.tif is an input; name another"],
    [2, "track DIR/run DIR/image.tif --out DIR/new --smoothing 0", "It must be a positive number."],
    [1, "track DIR/run DIR/image.tif --out DIR/new --memory 2K", "--memory must be at least"],
    [
      2,
      "evaluate DIR/image.tif DIR/cells",
      "DIR/cells is a folder; say what kind of data it holds: folder:DIR/cells",
    ],
    [1, "evaluate DIR/none.png DIR/cells/masks/a.png", "DIR/none.png: no such file"],
    [1, "evaluate DIR/image.tif DIR/none.png", "DIR/none.png: no such file"],
    [
      2,
      "weights synthetic-cells:1 --out DIR/w.png --sample 3",
      "--sample is 3, but the data has samples 0 to 0",
    ],
    [2, "check DIR/cells", "say what kind of data it holds: folder:DIR/cells"],
    [2, "preview --data DIR/cells --out DIR/p.png", "say what kind of data it holds: folder:DIR/cells"],
    // of options
    [2, "synth bugs --out DIR/x", "It must be cells or membranes."],
    [2, "predict DIR/run DIR/image.tif --out DIR/x.tif --z 3-1", "3-1 runs backwards."],
    [2, "predict DIR/run DIR/image.tif --out DIR/x.tif --backend abacus", "Allowed choices are"],
    [2, "trian", "unknown command 'trian'"],
  ])("%i: %s", async (code, command, message) => {
    const ran = await said(command);
    expect(unwrapped(ran.err)).toContain(message);
    expect(ran.code).toBe(code);
    expect(ran.out).toBe("");
    const lines = ran.err
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("      unet "));
    // With the folder's true name lines are longer only by what can't be broken.
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(WIDTH);
    expect(ran.err.replaceAll("weightedCrossEntropy", "")).not.toMatch(OF_THE_API);
  });
});

describe("what is likely meant is printed as a command that works when pasted", () => {
  const size = "--steps 1 --filters 2 --depth 1 --tile-size 18 --workers 0";
  test.each([
    [`train --data DIR/cells --out DIR/pasted ${size}`],
    [`train --data=foldr:DIR/cells --out DIR/pasted-too ${size}`],
    ["predict DIR/rum DIR/image.tif --out DIR/pasted.tif"],
    ["check DIR/cells"],
  ])("%s", async (command) => {
    const { err } = await said(command);
    const corrected = /^ {6}unet (.*)$/m.exec(err)?.[1] ?? "";
    expect(corrected).not.toBe("");
    const { code, err: more } = await said(corrected);
    expect(more).not.toContain("unet: ");
    expect(code).toBe(0);
  });
});

test.each(["cells", "membranes"])("the command that synth %s prints works when pasted", async (kind) => {
  const data = join(folder, `my ${kind}`);
  const { out } = await runUnet("synth", kind, "--out", data, "--count", "2", "--size", "64");
  const [, pasted] = /^ {2}unet (.*)$/m.exec(out) ?? [];
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${pasted}`], { encoding: "utf8" });
  const args = words.trimEnd().split("\n");
  const { code, err } = await runUnet(
    ...args,
    "--steps",
    "1",
    "--filters",
    "2",
    "--depth",
    "1",
    "--tile-size",
    "18",
  );
  expect(err).not.toContain("unet: ");
  expect(code).toBe(0);
  expect(existsSync(join(`${data}-run`, "model/model.json"))).toBe(true);
});

test("a backend that was asked for is named as it was asked for", async () => {
  const { code, err } = await said("predict DIR/run DIR/image.tif --out DIR/x.tif --backend webgl");
  expect(code).toBe(1);
  expect(unwrapped(err)).toMatch(/unet: --backend webgl: it can't be had \(webgl: /);
  expect(err).not.toMatch(OF_THE_API);
});

test("options of the packages are named by their flags, and only where the command has them", () => {
  const made = new Command("test")
    .option("--kind <kind>")
    .option("--colours <table>")
    .option("--max-pixels <n>");
  const words = (message: string) => inWords(new RangeError(message), made);
  expect(words('readFolder: a.png holds 5; give colours, or kind "instances"')).toBe(
    "a.png holds 5; give --colours, or --kind instances",
  );
  expect(words("a.png: 9 × 9 is more than maxPixels, 4; raise maxPixels if that is meant")).toBe(
    "a.png: 9 × 9 is more than --max-pixels, 4; raise --max-pixels if that is meant",
  );
  expect(words("createUNet: colours must be a table")).toBe("--colours must be a table");
  expect(words('it says channels "grey"')).toBe('it says channels "grey"');
  expect(inWords(new UsageError("train: maxPixels"), made)).toBe("train: maxPixels");
});

describe("the help of every command", () => {
  test.each(Object.keys(examples))("%s: at most 80 columns, with examples of what it takes", async (name) => {
    const { code, out } = await runUnet(name, "--help");
    expect(code).toBe(0);
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(WIDTH);
    for (const example of examples[name]) {
      expect(out).toContain(`  ${example}\n`);
      expect(example).toMatch(new RegExp(`^unet ${name}\\b`));
      for (const [flag] of example.matchAll(/--[\w-]+/g))
        expect(out).toMatch(new RegExp(`^ +${flag}\\b`, "m"));
    }
    expect(out.replaceAll("weightedCrossEntropy", "")).not.toMatch(OF_THE_API);
  });

  test("unet itself names them all, within 80 columns", async () => {
    const { out } = await runUnet("--help");
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(WIDTH);
    const named = [...out.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(named.filter((name) => name !== "help").sort()).toEqual(Object.keys(examples).sort());
  });
});

test("wrap breaks between words; a word too long for a line stays whole", () => {
  expect(wrap("a bb ccc", 4, 1)).toEqual(["a bb", " ccc"]);
  expect(wrap("unet: /a/long/path is", 10, 6)).toEqual(["unet: /a/long/path", "      is"]);
  expect(wrap("to   be", 20)).toEqual(["to   be"]);
});
