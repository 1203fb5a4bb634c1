import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { openDataset, subset } from "@unet/datasets";
import { readImage, readLabels, writeImage, writeLabels } from "@unet/image";
import { loadModel } from "@unet/model";
import { prepareSamples, validate } from "@unet/training";
import { expect, test } from "vitest";
import { inNewFolder, unet } from "./in-folder.js";

const at = inNewFolder();
const small = ["--recipe", "paper", "--filters", "2", "--depth", "1", "--tile-size", "48"];
const settings = ["--data", "synthetic-cells:3", ...small];
const history = async (run: string) => readFile(at(run, "history.jsonl"), "utf8");
const linesOf = async (run: string) => (await history(run)).trim().split("\n");
const weights = async (run: string) => readFile(at(run, "model/weights.bin"));

test("synth writes images and masks; train learns from that folder, and keeps a run", async () => {
  await unet(0, "synth", "cells", "--out", at("cells"), "--count", "5", "--size", "96x80");
  expect(await readdir(at("cells/images"))).toHaveLength(5);
  expect(await readImage(at("cells/images/cells-0004.png"))).toMatchObject({ width: 96, height: 80 });
  const dataset = await openDataset(`folder:${at("cells")}`, { kind: "instances" });
  const { labels } = await dataset.get(0);
  expect(await readLabels(at("cells/masks/cells-0000.png"))).toEqual(labels);

  const data = ["--data", `folder:${at("cells")}`, "--kind", "instances", "--out", at("run")];
  const { out } = await unet(0, "train", ...data, ...small, "--steps", "3", "--json");
  const summary = JSON.parse(out);
  expect(summary).toMatchObject({ out: at("run"), backend: "wasm", steps: 3 });
  expect((await readdir(at("run"))).sort()).toEqual([
    ...["checkpoints", "config.json", "history.jsonl", "model", "report.html"],
  ]);
  const lines = (await linesOf("run")).map((line) => JSON.parse(line));
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3, 3]);
  expect(summary.loss).toBe(lines[2].loss);

  // the last fifth is held out, and judged with the class weights of the others
  const conventions = { channels: 1, classes: 2, normalisation: "z-score", w0: 10, sigma: 5 } as const;
  const { classWeights } = await prepareSamples(subset(dataset, [0, 1, 2, 3]), conventions);
  const heldOut = await prepareSamples(subset(dataset, [4]), { ...conventions, classWeights });
  const model = await loadModel(at("run/model"));
  const { loss, constantLoss } = await validate(model, heldOut);
  model.dispose();
  expect(summary.validation.loss).toBeCloseTo(loss, 5);
  expect(summary.validation.constantLoss).toBeCloseTo(constantLoss, 9);
});

test("takes a file of settings, which flags override; config.json of a run is such a file", async () => {
  await writeFile(
    at("plan.yaml"),
    `recipe: paper
data: synthetic-cells:3
validation: 2
model: { filters: 2, depth: 1 }
training: { steps: 9, tileSize: 48, optimizer: adamw, loss: dice + 0.5 * focal, validateEvery: 2, measure: iou }
`,
  );
  const planned = ["--config", at("plan.yaml"), "--out", at("planned"), "--json"];
  const { out } = await unet(0, "train", ...planned, "--steps", "4");
  expect(JSON.parse(out)).toMatchObject({ steps: 4, validation: { measure: "iou" } });
  const effective = JSON.parse(await readFile(at("planned/config.json"), "utf8"));
  expect(effective.training).toMatchObject({
    ...{ steps: 4, tileSize: 48, optimizer: "adamw", momentum: 0.99, loss: "dice + 0.5 * focal" },
  });
  expect(effective.data).toMatchObject({ spec: "synthetic-cells:3", indices: [0, 1] });
  await unet(0, "train", "--config", at("planned/config.json"), "--out", at("again"));
  expect(await history("again")).toBe(await history("planned"));
  const report = await readFile(at("again/report.html"), "utf8");
  expect(report).toMatch(/The validation image: synthetic-cells\[2\], found \d+, true \d+, F1 \d/);
  expect(report).toContain("Validation: iou, before threshold and split were chosen");
  // what differs from the recipe first, the rest folded
  const [told, folded] = report.split("<details>");
  expect(told).toContain("<dt>optimizer</dt><dd>adamw, not sgd</dd>");
  expect(told).toContain("<dt>steps</dt><dd>4, not 1000</dd>");
  expect(told).not.toContain("<dt>momentum</dt>");
  expect(folded).toContain("<dt>momentum</dt><dd>0.99</dd>");
  expect(report).not.toMatch(/<script|<link|(src|href)="(?!data:)/);
});

test("Ctrl-C saves and exits with 130; --resume goes on as if nothing had been", async () => {
  const all = [...settings, "--steps", "120", "--checkpoint-every", "50"];
  await unet(0, "train", ...all, "--out", at("straight"));
  const running = unet(130, "train", ...all, "--out", at("stopped"));
  const begun = async () => (await history("stopped").catch(() => "")).split("\n").length > 20;
  while (!(await begun())) await new Promise((resolve) => setTimeout(resolve, 5));
  process.emit("SIGINT");
  await running;
  expect((await linesOf("stopped")).length).toBeLessThan(120);
  await unet(0, "train", "--resume", at("stopped"));
  expect(await history("stopped")).toBe(await history("straight"));
  expect(await weights("stopped")).toEqual(await weights("straight"));
});

test("--resume goes on from any folder; with --steps also after the end, which it counts in", async () => {
  await unet(0, "synth", "cells", "--out", at("here"), "--count", "2", "--size", "64x64");
  const run = at("prolonged");
  const from = process.cwd();
  try {
    process.chdir(at());
    const spec = ["--data", "folder:here", "--kind", "instances"];
    await unet(0, "train", ...spec, ...small, "--workers", "0", "--steps", "2", "--out", run);
  } finally {
    process.chdir(from);
  }
  const config = JSON.parse(await readFile(at("prolonged/config.json"), "utf8"));
  expect(config.data.spec).toBe(`folder:${at("here")}`);
  const resumed = ["train", "--resume", run, "--workers", "0"];
  expect((await unet(0, ...resumed, "--steps", "5")).err.replaceAll(/\s+/g, " ")).toContain(
    "going on after step 2, to step 5 in all; the schedule runs anew over the added 3 steps",
  );
  expect(await linesOf("prolonged")).toHaveLength(5);
  expect(await readFile(at("prolonged/report.html"), "utf8")).toContain(
    "after step 2, the schedule running anew over 3 more steps",
  );
  expect((await unet(2, ...resumed, "--steps", "4")).err.replaceAll(/\s+/g, " ")).toContain(
    "--steps must be above 5, which the run has done already, as they are counted in; got 4",
  );
});

test("--minutes ends a run before its last step, and says so", async () => {
  const limit = ["--steps", "1000000", "--minutes", "0.01", "--out", at("short")];
  const { out, err } = await unet(0, "train", ...settings, ...limit);
  const steps = (await linesOf("short")).length;
  expect(err).toMatch(new RegExp(`stopped +after step ${steps}: the time is over`));
  expect(out).toContain(`${steps.toLocaleString("en")} steps done`);
});

test("--from goes on with a model, with a new head for other classes and frozen levels", async () => {
  await unet(0, "train", ...settings, "--steps", "2", "--out", at("first"));
  const data = ["--recipe", "paper", "--data", "synthetic-cells:3", "--tile-size", "48"];
  const tuning = ["--from", at("first"), "--freeze", "enc0,bottom", "--classes", "3"];
  await unet(0, "train", ...data, ...tuning, "--steps", "2", "--out", at("tuned"));
  const [first, tuned] = [await loadModel(at("first/model")), await loadModel(at("tuned/model"))];
  expect(tuned.outputs[0].shape.at(-1)).toBe(3);
  for (const { name, weights } of first.layers.filter(({ weights }) => weights.length > 0)) {
    if (name === "head") continue;
    const valuesIn = (model: typeof first) =>
      model
        .getLayer(name)
        .getWeights()
        .map((weight) => [...weight.dataSync()]);
    const same = expect(valuesIn(tuned), `${name}, ${weights.length} weights`);
    if (/^(enc0|bottom)\./.test(name)) same.toEqual(valuesIn(first));
    else same.not.toEqual(valuesIn(first));
  }
  for (const model of [first, tuned]) model.dispose();
});

test("--truth and --border say what a tracking sequence teaches; a file may, too", async () => {
  const size = { width: 48, height: 48 };
  for (const part of ["01", "01_GT/SEG", "01_ST/SEG"]) await mkdir(at("ctc", part), { recursive: true });
  for (const frame of [0, 1, 2]) {
    const image = Uint8Array.from({ length: 48 * 48 }, (_, i) => (i * (frame + 7)) % 251);
    await writeImage(at(`ctc/01/t00${frame}.tif`), { ...size, channels: 1, data: image });
    const truth = Int32Array.from({ length: 48 * 48 }, (_, i) => (i % 48 > 20 && i % 48 < 30 ? 1 : 0));
    const folder = frame === 0 ? "01_GT/SEG" : "01_ST/SEG";
    await writeLabels(at("ctc", folder, `man_seg00${frame}.tif`), { ...size, data: truth });
  }
  const file = at("sequence.yaml");
  await writeFile(file, "truth: both\nvalidation: 2\nborder: 40\n");
  const args = ["--config", file, "--data", `ctc:${at("ctc")}:01`, "--out", at("sequence")];
  await unet(0, "train", ...args, ...small, "--steps", "2", "--border", "4");
  const { data: kept } = JSON.parse(await readFile(at("sequence/config.json"), "utf8"));
  expect(kept).toMatchObject({ indices: [0, 1], options: { truth: "both", border: 4 } });
  await writeFile(file, "truth: golden");
  expect((await unet(2, "train", ...args)).err).toContain('truth must be gold, silver or both, got "golden"');
});

test("a loss that explodes is told with its remedy, and the tile is kept", async () => {
  const rate = ["--learning-rate", "1e9", "--steps", "50", "--out", at("exploded")];
  const { err } = await unet(1, "train", ...settings, ...rate);
  expect(err).toMatch(/at step \d+; try a --learning-rate below 1000000000.*the tile is in/);
  expect((await readdir(at("exploded/diverged"))).sort()).toEqual([
    ...["image.tif", "labels.tif", "weights.tif"],
  ]);
});

test("a flag by its name of the release before is understood, and its new name told", async () => {
  const old = ["--data", "synthetic-cells:2", "--recipe", "paper", "--filters", "2", "--depth", "1"];
  const { err } = await unet(0, "train", ...old, "--tile", "48", "--steps", "1", "--out", at("old"));
  expect(err).toContain("--tile is called --tile-size now; the next release will not know the old name");
  expect(JSON.parse(await readFile(at("old/config.json"), "utf8")).training.tileSize).toBe(48);
});

test.each([
  ["training: { steps: many }", [], 'FILE: training.steps must be a whole number of at least 1, got "many"'],
  ["trainings: {}", [], 'there is no field "trainings"; it knows recipe, scale, data, kind'],
  ["training: { stepps: 4 }", ["--steps", "3"], 'FILE: training has no field "stepps"'],
  ["{}", [], "--data is missing"],
  ["{}", ["--loss", "hinge"], "--loss must be one of weightedCrossEntropy, dice"],
  [
    "training: { loss: dice }",
    ["--class-weights", "1,much"],
    '--class-weights must be "balanced", or a list of positive numbers',
  ],
  ["samples: first", [], "samples must be sample numbers"],
])("wrong settings: %s with %j", async (text, flags, message) => {
  await writeFile(at("wrong.yaml"), text);
  const { err } = await unet(2, "train", "--config", at("wrong.yaml"), "--out", at("wrong"), ...flags);
  expect(err).toContain(message.replace("FILE", at("wrong.yaml")));
});

test("--resume takes no other settings", async () => {
  const { err } = await unet(2, "train", "--resume", at("run"), "--learning-rate", "1");
  expect(err).toContain("--resume takes everything from the run, so --learning-rate can't be given with it");
});
