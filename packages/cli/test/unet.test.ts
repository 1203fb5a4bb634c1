import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Image,
  type LabelImage,
  readImage,
  readLabels,
  readStack,
  resizeLabels,
  writeImage,
  writeLabels,
} from "@unet/image";
import { colourLabels, heatMap } from "@unet/image/picture";
import { labelInstances, measureInstances, outlineInstances } from "@unet/inference/instances";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { separateTouching, weightMap } from "@unet/loss/weight-map";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../src/main.js";
import { unwrapped } from "./run-unet.js";

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
  vi.spyOn(process.stderr, "write").mockImplementation((text) => errors.push(unwrapped(String(text))) > 0);
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

  const args = [
    "--data",
    `folder:${data}`,
    "--kind",
    "instances",
    "--out",
    run(),
    "--steps",
    "3",
    "--recipe",
    "paper",
  ];
  expect(await unet("train", ...args, "--filters", "2", "--depth", "2", "--tile-size", "60", "--json")).toBe(
    0,
  );
  const summary = JSON.parse(output.at(-1)!);
  expect(summary).toMatchObject({ out: run(), backend: "wasm", steps: 3 });
  expect(summary.validation.loss).toBeGreaterThan(0);
  expect((await readdir(run())).sort()).toEqual([
    "checkpoints",
    "config.json",
    "history.jsonl",
    "model",
    "report.html",
  ]);
  expect((await readFile(join(run(), "history.jsonl"), "utf8")).trim().split("\n")).toHaveLength(4);
});

describe("train", () => {
  const settings = [
    "--data",
    "synthetic-cells:3",
    "--recipe",
    "paper",
    "--filters",
    "2",
    "--depth",
    "1",
    "--tile-size",
    "48",
  ];
  const trained = (name: string) => join(folder, name);
  const history = async (name: string) => readFile(join(trained(name), "history.jsonl"), "utf8");
  const weights = async (name: string) => readFile(join(trained(name), "model/weights.bin"));

  test("takes a file of settings, flags before it; config.json of a run is such a file", async () => {
    const file = join(folder, "plan.yaml");
    await writeFile(
      file,
      `recipe: paper
data: synthetic-cells:3
validation: 2
model: { filters: 2, depth: 1 }
training: { steps: 9, tileSize: 48, optimizer: adamw, loss: dice + 0.5 * focal, validateEvery: 2, measure: iou }
`,
    );
    const args = ["train", "--out", trained("planned"), "--json", "--config", file, "--steps", "4"];
    expect(await unet(...args)).toBe(0);
    expect(JSON.parse(output.at(-1)!)).toMatchObject({ steps: 4, validation: { measure: "iou" } });
    const effective = JSON.parse(await readFile(join(trained("planned"), "config.json"), "utf8"));
    expect(effective.training).toMatchObject({
      ...{ steps: 4, tileSize: 48, optimizer: "adamw", momentum: 0.99, loss: "dice + 0.5 * focal" },
    });
    expect(effective.data).toMatchObject({ spec: "synthetic-cells:3", indices: [0, 1] });
    const again = ["--config", join(trained("planned"), "config.json"), "--out", trained("again")];
    expect(await unet("train", ...again)).toBe(0);
    expect(await history("again")).toBe(await history("planned"));
    const report = await readFile(join(trained("again"), "report.html"), "utf8");
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
    expect(await unet("train", ...all, "--out", trained("straight"))).toBe(0);
    const running = unet("train", ...all, "--out", trained("stopped"));
    const begun = async () => (await history("stopped").catch(() => "")).split("\n").length > 20;
    while (!(await begun())) await new Promise((resolve) => setTimeout(resolve, 5));
    process.emit("SIGINT");
    expect(await running).toBe(130);
    const partly = await history("stopped");
    expect(partly.trim().split("\n").length).toBeLessThan(120);
    expect(await unet("train", "--resume", trained("stopped"))).toBe(0);
    expect(await history("stopped")).toBe(await history("straight"));
    expect(await weights("stopped")).toEqual(await weights("straight"));
  });

  test("--resume goes on from any folder; with --steps also after the end, which it counts in", async () => {
    const data = join(folder, "here");
    expect(await unet("synth", "cells", "--out", data, "--count", "2", "--size", "64x64")).toBe(0);
    const run = trained("prolonged");
    const small = [
      "--recipe",
      "paper",
      "--filters",
      "2",
      "--depth",
      "1",
      "--tile-size",
      "48",
      "--workers",
      "0",
    ];
    const from = process.cwd();
    try {
      process.chdir(folder);
      const spec = ["--data", "folder:here", "--kind", "instances"];
      expect(await unet("train", ...spec, ...small, "--steps", "2", "--out", run)).toBe(0);
    } finally {
      process.chdir(from);
    }
    expect(JSON.parse(await readFile(join(run, "config.json"), "utf8")).data.spec).toBe(`folder:${data}`);
    const resumed = ["train", "--resume", run, "--workers", "0"];
    expect(await unet(...resumed, "--steps", "5")).toBe(0);
    expect(errors.join("").replaceAll(/\s+/g, " ")).toContain(
      "going on after step 2, to step 5 in all; the schedule runs anew over the added 3 steps",
    );
    expect((await history("prolonged")).trim().split("\n")).toHaveLength(5);
    expect(await readFile(join(run, "report.html"), "utf8")).toContain(
      "after step 2, the schedule running anew over 3 more steps",
    );
    errors = [];
    expect(await unet(...resumed, "--steps", "4")).toBe(2);
    expect(errors.join("").replaceAll(/\s+/g, " ")).toContain(
      "--steps must be above 5, which the run has done already, as they are counted in; got 4",
    );
  });

  test("--minutes ends a run in time", async () => {
    const args = ["--steps", "100000", "--minutes", "0.01", "--out", trained("short"), "--json"];
    expect(await unet("train", ...settings, ...args)).toBe(0);
    const { steps } = JSON.parse(output.at(-1)!);
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(10_000);
  });

  test("--from goes on with a model, with a new head for other classes and frozen levels", async () => {
    const first = ["train", "--steps", "2", "--out", trained("first"), ...settings];
    expect(await unet(...first)).toBe(0);
    const tuned = [
      "--recipe",
      "paper",
      "--data",
      "synthetic-cells:3",
      "--tile-size",
      "48",
      "--steps",
      "2",
      "--out",
      trained("tuned"),
      "--json",
    ];
    const more = ["--from", trained("first"), "--freeze", "enc0,bottom", "--classes", "3"];
    expect(await unet("train", ...tuned, ...more)).toBe(0);
    expect(await unet("inspect", trained("tuned"), "--json")).toBe(0);
    expect(JSON.parse(output.at(-1)!)).toMatchObject({ classes: 3 });
  });

  test("--truth and --border say what a tracking sequence teaches; a file may, too", async () => {
    const data = join(folder, "ctc");
    for (const part of ["01", "01_GT/SEG", "01_ST/SEG"]) await mkdir(join(data, part), { recursive: true });
    const size = { width: 48, height: 48 };
    for (const frame of [0, 1, 2]) {
      const image = Uint8Array.from({ length: 48 * 48 }, (_, i) => (i * (frame + 7)) % 251);
      await writeImage(join(data, `01/t00${frame}.tif`), { ...size, channels: 1, data: image });
      const truth = Int32Array.from({ length: 48 * 48 }, (_, i) => (i % 48 > 20 && i % 48 < 30 ? 1 : 0));
      const folder = frame === 0 ? "01_GT/SEG" : "01_ST/SEG";
      await writeLabels(join(data, folder, `man_seg00${frame}.tif`), { ...size, data: truth });
    }
    const file = join(folder, "sequence.yaml");
    await writeFile(file, "truth: both\nvalidation: 2\nborder: 40\n");
    const args = ["--config", file, "--data", `ctc:${data}:01`, "--out", trained("sequence"), "--json"];
    const sizes = [
      "--recipe",
      "paper",
      "--filters",
      "2",
      "--depth",
      "1",
      "--tile-size",
      "48",
      "--steps",
      "2",
    ];
    expect(await unet("train", ...args, ...sizes, "--border", "4")).toBe(0);
    const { data: kept } = JSON.parse(await readFile(join(trained("sequence"), "config.json"), "utf8"));
    expect(kept).toMatchObject({ indices: [0, 1], options: { truth: "both", border: 4 } });
    await writeFile(file, "truth: golden");
    expect(await unet("train", ...args)).toBe(2);
    expect(errors.join("")).toContain('truth must be gold, silver or both, got "golden"');
  });

  test("a loss that explodes is told with its remedy, and the tile is kept", async () => {
    const rate = ["--learning-rate", "1e9", "--steps", "50", "--out", trained("exploded")];
    expect(await unet("train", ...settings, ...rate)).toBe(1);
    expect(errors.join("")).toMatch(/at step \d+; try a --learning-rate below 1000000000.*the tile is in/);
    expect((await readdir(join(trained("exploded"), "diverged"))).sort()).toEqual([
      ...["image.tif", "labels.tif", "weights.tif"],
    ]);
  });

  test("wrong settings: 2, with the file and the field", async () => {
    const file = join(folder, "wrong.yaml");
    const said = async (text: string, ...flags: string[]) => {
      await writeFile(file, text);
      expect(await unet("train", "--config", file, "--out", trained("wrong"), ...flags)).toBe(2);
      return errors.join("");
    };
    expect(await said("training: { steps: many }")).toContain(
      `${file}: training.steps must be a whole number of at least 1, got "many"`,
    );
    expect(await said("trainings: {}")).toContain(
      'there is no field "trainings"; it knows recipe, scale, data, kind',
    );
    expect(await said("{}")).toContain("--data is missing");
    expect(await said("{}", "--loss", "hinge")).toContain("--loss must be one of weightedCrossEntropy, dice");
    expect(await said("{}", "--class-weights", "1,much")).toContain(
      '--class-weights must be "balanced", or a list of positive numbers',
    );
    expect(await said("samples: first")).toContain("samples must be sample numbers");
    expect(await unet("train", "--resume", trained("planned"), "--learning-rate", "1")).toBe(2);
    expect(errors.join("")).toContain(
      "--resume takes everything from the run, so --learning-rate can't be given with it",
    );
  });
});

test("weights shows the weight map beside the cells, and writes it as it is", async () => {
  const data = join(folder, "cells");
  const args = ["weights", `folder:${data}`, "--kind", "instances", "--sample", "1"];
  const cells = separateTouching(await readLabels(join(data, "masks", "cells-0001.png")));
  expect(await unet(...args, "--out", join(folder, "weights.tif"), "--w0", "20", "--json")).toBe(0);
  const truth = weightMap(cells, { w0: 20 });
  expect(await readImage(join(folder, "weights.tif"))).toEqual(truth);
  expect(JSON.parse(output.at(-1)!)).toMatchObject({ w0: 20, sigma: 5, highest: Math.max(...truth.data) });

  expect(await unet(...args, "--out", join(folder, "half.tif"), "--scale", "0.5")).toBe(0);
  const half = resizeLabels(await readLabels(join(data, "masks", "cells-0001.png")), {
    width: 48,
    height: 40,
  });
  expect(await readImage(join(folder, "half.tif"))).toEqual(weightMap(separateTouching(half)));

  expect(await unet(...args, "--out", join(folder, "weights.png"), "--w0", "20")).toBe(0);
  const figure = (await readImage(join(folder, "weights.png"))) as Image<Uint8Array>;
  // four panels of 96 × 80 px, each pixel drawn as 4 × 4
  expect([figure.width, figure.height]).toEqual([20 + 4 * (4 * 96 + 20), 44 + 4 * 80 + 78]);
  const panel = (index: number) =>
    Array.from({ length: 96 * 80 }, (_, i) => {
      const x = 20 + index * (4 * 96 + 20) + 4 * (i % 96) + 1;
      const y = 44 + 4 * Math.floor(i / 96) + 1;
      const at = (y * figure.width + x) * figure.channels;
      return [...figure.data.subarray(at, at + 3)];
    }).flat();
  expect(panel(1)).toEqual([...colourLabels(cells).data]);
  expect(panel(3)).toEqual([...heatMap(truth, { low: 0 }).data]);
});

test("weights: wrong use exits with 2", async () => {
  expect(await unet("weights", "synthetic-cells:1", "--out", "weights.jpg")).toBe(2);
  expect(errors.join("")).toContain("--out must end in .png or .tif, got weights.jpg");
  expect(await unet("weights", "synthetic-cells:2", "--out", "weights.png", "--sample", "2")).toBe(2);
  expect(errors.join("")).toContain("--sample is 2, but the data has samples 0 to 1");
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

  // from the score on that the run's validation images chose, or another
  const manifest = JSON.parse(await readFile(join(run(), "model/model.json"), "utf8"));
  const { threshold: chosen } = manifest.userDefinedMetadata.task.out;
  const labelled = async (name: string, threshold: number, ...args: string[]) => {
    const files = [stack, "--out", target(name), "--as", "labels", ...args];
    expect(await unet("predict", run(), ...files)).toBe(0);
    for (const [i, page] of (await readStack(target(name))).entries()) {
      expect(page.data).toEqual(Uint8Array.from(probabilities[i].data, (p) => (p >= threshold ? 1 : 0)));
    }
  };
  await labelled("chosen.tif", chosen);
  await labelled("l.tif", 0.5, "--threshold", "0.5");

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

test("predict writes objects, their table and their outlines beside the scores", async () => {
  // What the model finds is of no account: every pixel is an object's at threshold 0.
  const target = (name: string) => join(folder, name);
  const args = [run(), join(folder, "stack.tif"), "--out", target("s.tif"), "--threshold", "0", "--split"];
  const files = [
    "--instances",
    target("o.tif"),
    "--table",
    target("o.csv"),
    "--geojson",
    target("o.geojson"),
  ];
  expect(await unet("predict", ...args, ...files)).toBe(0);
  const objects = await readStack(target("o.tif"));
  expect(objects.map(({ data }) => new Set(data))).toEqual(new Array(3).fill(new Set([1])));
  const lines = (await readFile(target("o.csv"), "utf8")).trim().split("\r\n");
  expect(lines[0]).toMatch(/^page,label,area,x,y,width,height,centroid_x,centroid_y,mean_score,perimeter,/);
  expect(lines[0]).toMatch(/,solidity,intensity_mean,intensity_min,intensity_max,intensity_sum$/);
  expect(lines.slice(1).map((line) => line.split(",").slice(0, 9).join())).toEqual(
    [0, 1, 2].map((page) => `${page},1,2000,0,0,50,40,24.5,19.5`),
  );
  const { features } = JSON.parse(await readFile(target("o.geojson"), "utf8"));
  expect(features).toHaveLength(3);
  expect(features[2].geometry.coordinates[0]).toEqual([
    [0, 0],
    [50, 0],
    [50, 40],
    [0, 40],
    [0, 0],
  ]);
  expect(features[2].properties).toMatchObject({ id: 1, area: 2000, page: 2 });
  const probabilities = await readStack(target("s.tif"));
  const mean = Array.from(probabilities[1].data).reduce((sum, p) => sum + p, 0) / 2000;
  expect(Number(lines[2].split(",")[9])).toBeCloseTo(mean, 6);
});

test("several inputs share a table; objects and outlines go to folders, by name", async () => {
  const inputs = ["a.png", "b.png"].map((name) => join(folder, name));
  const out = ["--out", join(folder, "many"), "--threshold", "0"];
  const files = ["--instances", join(folder, "objects"), "--geojson", join(folder, "outlines")];
  const table = join(folder, "many.json");
  expect(await unet("predict", run(), ...inputs, ...out, ...files, "--table", table)).toBe(0);
  expect((await readdir(join(folder, "objects"))).sort()).toEqual(["a.tif", "b.tif"]);
  expect((await readdir(join(folder, "outlines"))).sort()).toEqual(["a.geojson", "b.geojson"]);
  const rows = JSON.parse(await readFile(table, "utf8"));
  expect(rows).toMatchObject(inputs.map((image) => ({ image, label: 1, area: 600 })));
});

test("folders and patterns name their images; a single TIFF is written as it comes", async () => {
  const inputs = join(folder, "inputs");
  await mkdir(join(inputs, "deeper"), { recursive: true });
  const image = {
    width: 30,
    height: 20,
    channels: 1,
    data: Uint8Array.from({ length: 600 }, (_, i) => i % 251),
  };
  for (const name of ["b.png", "a.tif", "deeper/c.tif"]) await writeImage(join(inputs, name), image);
  await writeFile(join(inputs, "notes.txt"), "no image");
  const predicted = async (given: string) => {
    const out = await mkdtemp(join(folder, "out-"));
    expect(await unet("predict", run(), given, "--out", out)).toBe(0);
    return (await readdir(out)).sort();
  };
  expect(await predicted(inputs)).toEqual(["a.tif", "b.tif"]);
  expect(await predicted(join(inputs, "**", "*.tif"))).toEqual(["a.tif", "c.tif"]);

  const [one, whole] = [join(folder, "one.tif"), join(folder, "whole.tif")];
  expect(await unet("predict", run(), join(inputs, "?.tif"), "--out", one)).toBe(0);
  expect(
    await unet("predict", run(), join(inputs, "a.tif"), "--out", whole, "--overlay", join(folder, "o.png")),
  ).toBe(0);
  expect(await readImage(one)).toEqual(await readImage(whole));
  // enlarged to the least multiple of 30 px that is 512 px wide
  expect(await readImage(join(folder, "o.png"))).toMatchObject({ width: 540, height: 360, channels: 3 });
});

test("Zarr is read and written, with little memory too; turned images give other scores", async () => {
  const image = join(folder, "image.zarr");
  const [width, height] = [200, 150];
  const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 7) * Math.cos(i / 901));
  const sink = await zarrSink(image, { width, height, channels: 1, chunk: 64 });
  await sink.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
  await sink.close?.(true);

  const scores = async (name: string, ...more: string[]) => {
    const out = join(folder, name);
    expect(await unet("predict", run(), image, "--out", out, ...more)).toBe(0);
    if (!name.endsWith(".zarr")) return readImage(out);
    return (await zarrSource(out)).read({ x: 0, y: 0, width, height });
  };
  const farthest = (a: Image, b: Image) => Math.max(...Array.from(a.data, (p, i) => Math.abs(p - b.data[i])));
  const plain = await scores("scores.zarr");
  expect(farthest(plain, await scores("scores.tif", "--memory", "20M"))).toBeLessThan(1e-5);
  const turned = await scores("symmetries.tif", "--tta");
  expect(farthest(plain, turned)).toBeGreaterThan(1e-4);
  expect(farthest(turned, await scores("rotations.zarr", "--tta", "rotations"))).toBeGreaterThan(1e-4);
  expect(await unet("predict", run(), image, "--out", join(folder, "scores.zarr"), "--tta")).toBe(2);
  expect(errors.join("")).toContain("scores.zarr exists; remove it, or name another");
  expect(await unet("predict", run(), image, "--out", join(folder, "m.tif"), "--memory", "2K")).toBe(1);
  expect(errors.join("")).toMatch(/memory must be at least \d+ bytes for the smallest tile/);
});

test("a Zarr that was interrupted is taken up by the same command alone; damaged chunks are made again", async () => {
  const image = join(folder, "resumed-image.zarr");
  const [width, height] = [300, 260];
  const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 7) * Math.cos(i / 901));
  const sink = await zarrSink(image, { width, height, channels: 1, chunk: 64 });
  await sink.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
  await sink.close?.(true);
  const out = join(folder, "resumed.zarr");
  const scores = async () => (await zarrSource(out)).read({ x: 0, y: 0, width, height });
  const command = ["predict", run(), image, "--out", out];
  expect(await unet(...command)).toBe(0);
  const expected = await scores();

  await rename(out, `${out}.part`);
  await writeFile(join(`${out}.part`, "0/c/0/0/1"), "");
  expect(await unet(...command, "--tile-size", "188")).toBe(1);
  expect(errors.join("")).toContain(
    "resumed.zarr.part holds part of another run: it has no tile, not 188; remove it",
  );
  expect(await unet(...command)).toBe(0);
  expect(await scores()).toEqual(expected);

  await rename(out, `${out}.part`);
  await utimes(join(image, "zarr.json"), 1000, 1000);
  errors.length = 0;
  expect(await unet(...command)).toBe(1);
  expect(errors.join("")).toContain("it has another source; remove it, or name another");
});

describe("objects of images of any size are written as they are found", () => {
  const [width, height] = [150, 130];
  const image = () => join(folder, "blobs.zarr");
  const found = ["--fill-holes", "--split", "--minimum-size", "5", "--threshold", "0.5"];
  let scores: Image<Float32Array>;
  let expected: LabelImage;
  let grey: Image;
  beforeAll(async () => {
    const sink = await zarrSink(image(), { width, height, channels: 1, chunk: 64 });
    const data = Float32Array.from(
      { length: width * height },
      (_, i) => Math.sin(i / 7) * Math.cos(i / 1901),
    );
    grey = { width, height, channels: 1, data };
    await sink.write({ x: 0, y: 0, width, height }, grey as Image<Float32Array>);
    await sink.close?.(true);
    expect(await unet("predict", run(), image(), "--out", join(folder, "blobs.tif"))).toBe(0);
    scores = (await readImage(join(folder, "blobs.tif"))) as Image<Float32Array>;
    expected = labelInstances(scores, {
      ...{ channel: 0, fillHoles: true, watershed: true, minimumSize: 5, threshold: 0.5 },
    });
    expect(Math.max(...expected.data)).toBeGreaterThan(5);
  });

  /** What a new folder holds in the end. */
  const files = async (...args: (string | ((path: string) => string))[]) => {
    const into = await mkdtemp(join(folder, "objects-"));
    const given = args.map((arg) => (typeof arg === "string" ? arg : arg(into)));
    expect(await unet("predict", run(), image(), ...given, ...found)).toBe(0);
    return { into, names: (await readdir(into)).sort() };
  };
  const named = (name: string) => (into: string) => join(into, name);

  test.each(["o.tif", "o.png", "o.zarr"])("%s without --out: the labels of the whole", async (name) => {
    const { into, names } = await files("--instances", named(name));
    expect(names).toEqual([name]);
    if (name === "o.zarr") {
      const { data, ...rest } = await (await zarrSource(join(into, name))).read({
        x: 0,
        y: 0,
        width,
        height,
      });
      expect(rest).toEqual({ width, height, channels: 1 });
      expect(Array.from(data)).toEqual(Array.from(expected.data));
    } else expect(await readLabels(join(into, name))).toEqual(expected);
    expect(output.at(-1)).toContain(`1 page of 150 × 130, ${Math.max(...expected.data)} objects`);
  });

  test.each(["s.zarr", "s.tif", "s.png"])("beside %s: labels, table and outlines", async (name) => {
    const beside = [
      "--instances",
      named("o.zarr"),
      "--table",
      named("o.json"),
      "--geojson",
      named("o.geojson"),
    ];
    const { into, names } = await files("--out", named(name), ...beside);
    expect(names).toEqual(["o.geojson", "o.json", "o.zarr", name].sort());
    const rows = JSON.parse(await readFile(join(into, "o.json"), "utf8"));
    expect(rows).toEqual(measureInstances(expected, scores, { image: grey }));
    const outlines = JSON.parse(await readFile(join(into, "o.geojson"), "utf8"));
    expect(outlines).toEqual(outlineInstances(expected, scores));
  });

  test("--as instances to .zarr, and a table or a picture alone", async () => {
    const { into } = await files("--as", "instances", "--out", named("o.zarr"));
    const { data } = await (await zarrSource(join(into, "o.zarr"))).read({ x: 0, y: 0, width, height });
    expect(Array.from(data)).toEqual(Array.from(expected.data));
    expect((await files("--table", named("o.csv"))).names).toEqual(["o.csv"]);
    expect((await files("--overlay", named("o.png"))).names).toEqual(["o.png"]);
    expect(await unet("predict", run(), image(), "--instances", join(into, "o.zarr"))).toBe(2);
    expect(errors.join("")).toContain("o.zarr exists; remove it, or name another");
  });

  test("what fails leaves its scores, and the same command goes on with them", async () => {
    const into = await mkdtemp(join(folder, "objects-"));
    const args = ["predict", run(), image(), "--instances", join(into, "o.tif")];
    // A link that leads into no folder, as is found when the labels begin.
    await symlink("none/o.tif", join(into, "o.tif"));
    expect(await unet(...args)).toBe(1);
    expect(errors.join("")).toContain("o.tif can't be written: its folder doesn't exist");
    const [kept, ...more] = (await readdir(into)).filter((name) => name !== "o.tif");
    expect(kept).toMatch(/^o\.tif\.scores-[0-9a-f]{8}$/);
    expect(more).toEqual([]);
    await rm(join(into, "o.tif"), { recursive: true });

    // Other scores in their place show that they are taken.
    const ones = await zarrSink(join(folder, "ones.zarr"), { width, height, channels: 1, chunk: 256 });
    const data = new Float32Array(width * height).fill(1);
    await ones.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
    await ones.close?.(true);
    const chunk = join("0", "c", "0", "0", "0");
    await copyFile(join(folder, "ones.zarr", chunk), join(into, kept, chunk));
    expect(await unet(...args)).toBe(0);
    expect(await readdir(into)).toEqual(["o.tif"]);
    expect(new Set((await readLabels(join(into, "o.tif"))).data)).toEqual(new Set([1]));
  });
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
  for (const command of ["train", "predict", "evaluate", "check", "synth", "inspect", "backends", "demo"]) {
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
    await refused(2, "--data is missing", "train");
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
      "--out must end in .tif, .tiff, .png or .zarr, or be a folder, got x.jpg",
      "predict",
      run(),
      "a.png",
      "--out",
      "x.jpg",
    );
    const predict = ["predict", run(), "a.png", "--out", "x.tif"];
    await refused(2, "must be a size such as 500M or 2G", ...predict, "--memory", "much");
    await refused(2, "Allowed choices are none, symmetries, rotations", ...predict, "--tta", "all");
    await refused(
      2,
      "--overlay must end in .png, or be a folder, got x.jpg",
      ...predict,
      "--overlay",
      "x.jpg",
    );
    await refused(2, "matches no image", "predict", run(), join(folder, "*.bmp"), "--out", "x.tif");
    const toZarr = ["predict", run(), "a.png", "--out", "x.zarr"];
    await refused(
      2,
      "--out of labels must end in .tif, .tiff or .png, or be a folder, got x.zarr",
      ...toZarr,
      "--as",
      "labels",
    );
    await refused(
      2,
      "--table must end in .csv or .json, or be a folder, got x.txt",
      ...predict,
      "--table",
      "x.txt",
    );
    const several = ["predict", run(), "a.png", "b.png", "--out", "folder", "--geojson", "x.geojson"];
    await refused(2, "--geojson must be a folder for 2 inputs, got x.geojson", ...several);
    await refused(2, "would both be written to x.tif", ...predict, "--instances", "x.tif");
    await refused(2, "--as says what --out holds; give --out", "predict", run(), "a.png", "--as", "labels");
    await refused(2, "Allowed choices are", ...training("synthetic-cells:2"), "--backend", "abacus");
  });

  test("files that hold one page: 2", async () => {
    const stack = join(folder, "stack.tif");
    const toZarr = ["predict", run(), stack, "--instances", join(folder, "stack.zarr")];
    await refused(2, "stack.zarr can't hold 3 pages; write a .tif", ...toZarr);
    await refused(2, "a.png can't hold 3 pages", "predict", run(), stack, "--out", join(folder, "a.png"));
    await refused(2, "a.png is an input", "predict", run(), "a.png", "--out", "./a.png");
  });

  test("failures: 1", async () => {
    await refused(2, "cells names no data; write isbi2012:DIR", ...training("cells"));
    await refused(1, "there is no such folder", ...training("isbi2012:nowhere"));
    await refused(1, "there is no nowhere; give the folder", "predict", "nowhere", "a.png", "--out", "x.png");
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
    await writeImage(rgb, {
      width: 8,
      height: 8,
      channels: 3,
      data: Uint8Array.from({ length: 192 }, (_, i) => i % 3),
    });
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
      data: Uint8Array.from({ length: 192 }, (_, i) => i % 3),
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
