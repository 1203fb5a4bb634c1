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
import { join } from "node:path";
import { type Image, type LabelImage, readImage, readLabels, readStack, writeImage } from "@unet/image";
import { predictTiled } from "@unet/inference";
import { labelInstances, measureInstances, outlineInstances } from "@unet/inference/instances";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { loadModel } from "@unet/model";
import { beforeEach, describe, expect, test } from "vitest";
import { inNewFolder, saveUntrained, unet } from "./in-folder.js";

const at = inNewFolder();
const threshold = 0.48;
const task = {
  ...{ aim: "instances", scale: 1 },
  out: { score: [0, 1], threshold, split: "none", minimumSize: 0, fillHoles: false },
};
beforeEach(() => saveUntrained(at("run"), { task }));

const pages = [0, 1, 2].map((page) => ({
  ...{ width: 50, height: 40, channels: 1 },
  data: Uint8Array.from({ length: 2000 }, (_, i) => (i * 7 + page * 31) % 256),
}));
/** A wavy image, as a Zarr. */
async function wavyZarr(name: string, width: number, height: number): Promise<Image<Float32Array>> {
  const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 7) * Math.cos(i / 1901));
  const image = { width, height, channels: 1, data };
  const sink = await zarrSink(at(name), { width, height, channels: 1, chunk: 64 });
  await sink.write({ x: 0, y: 0, width, height }, image);
  await sink.close?.(true);
  return image;
}
const readZarr = async (path: string, width: number, height: number) =>
  (await zarrSource(path)).read({ x: 0, y: 0, width, height });

test("predict turns a stack into a stack, as probabilities, labels or objects; evaluate measures it", async () => {
  await writeImage(at("stack.tif"), pages);
  await unet(0, "predict", at("run"), at("stack.tif"), "--out", at("p.tif"));
  const probabilities = await readStack(at("p.tif"));
  const model = await loadModel(at("run"));
  for (const [i, page] of pages.entries()) {
    const both = await predictTiled(page, model);
    const { width, height, channels, data } = probabilities[i];
    expect([width, height, channels]).toEqual([50, 40, 1]);
    expect(Array.from(data)).toEqual(Array.from({ length: 2000 }, (_, at) => both.data[2 * at + 1]));
  }
  model.dispose();

  // from the score on that the model's task says, or another
  for (const [from, ...more] of [[threshold], [0.5, "--threshold", "0.5"]] as [number, ...string[]][]) {
    await unet(0, "predict", at("run"), at("stack.tif"), "--out", at("l.tif"), "--as", "labels", ...more);
    const labels = await readStack(at("l.tif"));
    for (const [i, { data }] of labels.entries()) {
      expect(data).toEqual(Uint8Array.from(probabilities[i].data, (p) => (p >= from ? 1 : 0)));
    }
    expect(new Set(labels.flatMap(({ data }) => [...data]))).toEqual(new Set([0, 1]));
  }

  const measures = ["--json", "--measures", "iou,dice"];
  const { out } = await unet(0, "evaluate", at("p.tif"), at("l.tif"), ...measures);
  expect(JSON.parse(out)).toMatchObject({
    ...{ images: 3, measures: ["iou", "dice"].map((name) => ({ name, value: 1 })) },
  });
});

describe("several inputs", () => {
  const inputs = () => [at("a.png"), at("b.png")];
  beforeEach(async () => {
    const image = { width: 30, height: 20, channels: 1, data: new Uint8Array(600).fill(9) };
    for (const input of inputs()) await writeImage(input, image);
  });

  test("go to a folder, by name", async () => {
    await unet(0, "predict", at("run"), ...inputs(), "--out", at("many"));
    expect((await readdir(at("many"))).sort()).toEqual(["a.tif", "b.tif"]);
  });

  test("share a table; objects and outlines go to folders, by name", async () => {
    const out = ["--out", at("many"), "--threshold", "0", "--table", at("many.json")];
    const files = ["--instances", at("objects"), "--geojson", at("outlines")];
    await unet(0, "predict", at("run"), ...inputs(), ...out, ...files);
    expect((await readdir(at("objects"))).sort()).toEqual(["a.tif", "b.tif"]);
    expect((await readdir(at("outlines"))).sort()).toEqual(["a.geojson", "b.geojson"]);
    const rows = JSON.parse(await readFile(at("many.json"), "utf8"));
    expect(rows).toMatchObject(inputs().map((image) => ({ image, label: 1, area: 600 })));
  });
});

test("predict writes objects, their table and their outlines beside the scores", async () => {
  await writeImage(at("stack.tif"), pages);
  // What the model finds doesn't matter: every pixel is an object's at threshold 0.
  const args = [at("run"), at("stack.tif"), "--out", at("s.tif"), "--threshold", "0", "--split"];
  const files = ["--instances", at("o.tif"), "--table", at("o.csv"), "--geojson", at("o.geojson")];
  await unet(0, "predict", ...args, ...files);
  const objects = await readStack(at("o.tif"));
  expect(objects.map(({ data }) => new Set(data))).toEqual(new Array(3).fill(new Set([1])));
  const lines = (await readFile(at("o.csv"), "utf8")).trim().split("\r\n");
  expect(lines[0]).toMatch(/^page,label,area,x,y,width,height,centroid_x,centroid_y,mean_score,perimeter,/);
  expect(lines[0]).toMatch(/,solidity,intensity_mean,intensity_min,intensity_max,intensity_sum$/);
  expect(lines.slice(1).map((line) => line.split(",").slice(0, 9).join())).toEqual(
    [0, 1, 2].map((page) => `${page},1,2000,0,0,50,40,24.5,19.5`),
  );
  const { features } = JSON.parse(await readFile(at("o.geojson"), "utf8"));
  expect(features).toHaveLength(3);
  expect(features[2].geometry.coordinates[0].join(" ")).toBe("0,0 50,0 50,40 0,40 0,0");
  expect(features[2].properties).toMatchObject({ id: 1, area: 2000, page: 2 });
  const probabilities = await readStack(at("s.tif"));
  const mean = Array.from(probabilities[1].data).reduce((sum, p) => sum + p, 0) / 2000;
  expect(Number(lines[2].split(",")[9])).toBeCloseTo(mean, 6);
});

test("folders and patterns name their images; a single TIFF is written as it comes", async () => {
  await mkdir(at("inputs/deeper"), { recursive: true });
  const data = Uint8Array.from({ length: 600 }, (_, i) => i % 251);
  for (const name of ["b.png", "a.tif", "deeper/c.tif"]) {
    await writeImage(at("inputs", name), { width: 30, height: 20, channels: 1, data });
  }
  await writeFile(at("inputs/notes.txt"), "no image");
  const predicted = async (given: string) => {
    const out = await mkdtemp(at("out-"));
    await unet(0, "predict", at("run"), given, "--out", out);
    return (await readdir(out)).sort();
  };
  expect(await predicted(at("inputs"))).toEqual(["a.tif", "b.tif"]);
  expect(await predicted(at("inputs/**/*.tif"))).toEqual(["a.tif", "c.tif"]);

  await unet(0, "predict", at("run"), at("inputs/?.tif"), "--out", at("one.tif"));
  const whole = ["--out", at("whole.tif"), "--overlay", at("o.png")];
  await unet(0, "predict", at("run"), at("inputs/a.tif"), ...whole);
  expect(await readImage(at("one.tif"))).toEqual(await readImage(at("whole.tif")));
  // enlarged to the least multiple of 30 px that is 512 px wide
  expect(await readImage(at("o.png"))).toMatchObject({ width: 540, height: 360, channels: 3 });
});

describe("Zarr", () => {
  test("is read and written, with little memory too; turned images give other scores", async () => {
    const [width, height] = [200, 150];
    await wavyZarr("image.zarr", width, height);
    const predict = ["predict", at("run"), at("image.zarr"), "--out"];
    const scores = async (name: string, ...more: string[]) => {
      await unet(0, ...predict, at(name), ...more);
      return name.endsWith(".zarr") ? readZarr(at(name), width, height) : readImage(at(name));
    };
    const farthest = (a: Image, b: Image) =>
      Math.max(...Array.from(a.data, (p, i) => Math.abs(p - b.data[i])));
    const plain = await scores("scores.zarr");
    expect(farthest(plain, await scores("scores.tif", "--memory", "20M"))).toBeLessThan(1e-5);
    const turned = await scores("symmetries.tif", "--tta");
    expect(farthest(plain, turned)).toBeGreaterThan(1e-4);
    expect(farthest(turned, await scores("rotations.zarr", "--tta", "rotations"))).toBeGreaterThan(1e-4);
    const exists = await unet(2, ...predict, at("scores.zarr"), "--tta");
    expect(exists.err).toContain("scores.zarr exists; remove it, or name another");
    const little = await unet(1, ...predict, at("m.tif"), "--memory", "2K");
    expect(little.err).toMatch(/memory must be at least \d+ bytes for the smallest tile/);
  });

  test("that was interrupted is taken up by the same command alone; damaged chunks are made again", async () => {
    const [width, height] = [300, 260];
    await wavyZarr("image.zarr", width, height);
    const out = at("resumed.zarr");
    const command = ["predict", at("run"), at("image.zarr"), "--out", out];
    await unet(0, ...command);
    const expected = await readZarr(out, width, height);

    await rename(out, `${out}.part`);
    await writeFile(join(`${out}.part`, "0/c/0/0/1"), "");
    expect((await unet(1, ...command, "--tile-size", "188")).err).toContain(
      "resumed.zarr.part holds part of another run: it has no tile, not 188; remove it",
    );
    await unet(0, ...command);
    expect(await readZarr(out, width, height)).toEqual(expected);

    await rename(out, `${out}.part`);
    await utimes(at("image.zarr/zarr.json"), 1000, 1000);
    expect((await unet(1, ...command)).err).toContain("it has another source; remove it, or name another");
  });
});

describe("objects of images of any size are written as they are found", () => {
  const [width, height] = [150, 130];
  const found = ["--fill-holes", "--split", "--minimum-size", "5", "--threshold", `${threshold}`];
  let scores: Image<Float32Array>;
  let expected: LabelImage;
  let grey: Image;
  beforeEach(async () => {
    grey = await wavyZarr("blobs.zarr", width, height);
    await unet(0, "predict", at("run"), at("blobs.zarr"), "--out", at("blobs.tif"));
    scores = (await readImage(at("blobs.tif"))) as Image<Float32Array>;
    expected = labelInstances(scores, {
      ...{ channel: 0, fillHoles: true, watershed: true, minimumSize: 5, threshold },
    });
    expect(Math.max(...expected.data)).toBeGreaterThan(5);
  });

  /** What a new folder holds in the end, and what was printed. */
  const files = async (...args: (string | ((into: string) => string))[]) => {
    const into = await mkdtemp(at("objects-"));
    const given = args.map((arg) => (typeof arg === "string" ? arg : arg(into)));
    const { out } = await unet(0, "predict", at("run"), at("blobs.zarr"), ...given, ...found);
    return { into, out, names: (await readdir(into)).sort() };
  };
  const named = (name: string) => (into: string) => join(into, name);

  test.each(["o.tif", "o.png", "o.zarr"])("%s without --out: the labels of the whole", async (name) => {
    const { into, names, out } = await files("--instances", named(name));
    expect(names).toEqual([name]);
    if (name === "o.zarr") {
      const { data, ...rest } = await readZarr(join(into, name), width, height);
      expect(rest).toEqual({ width, height, channels: 1 });
      expect(Array.from(data)).toEqual(Array.from(expected.data));
    } else expect(await readLabels(join(into, name))).toEqual(expected);
    expect(out).toContain(`1 page of 150 × 130, ${Math.max(...expected.data)} objects`);
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
    const { data } = await readZarr(join(into, "o.zarr"), width, height);
    expect(Array.from(data)).toEqual(Array.from(expected.data));
    expect((await files("--table", named("o.csv"))).names).toEqual(["o.csv"]);
    expect((await files("--overlay", named("o.png"))).names).toEqual(["o.png"]);
    const again = ["predict", at("run"), at("blobs.zarr"), "--instances", join(into, "o.zarr")];
    expect((await unet(2, ...again)).err).toContain("o.zarr exists; remove it, or name another");
  });

  test("what fails leaves its scores, and the same command goes on with them", async () => {
    const into = await mkdtemp(at("objects-"));
    const args = ["predict", at("run"), at("blobs.zarr"), "--instances", join(into, "o.tif")];
    // A link that leads into no folder, as is found when the labels begin.
    await symlink("none/o.tif", join(into, "o.tif"));
    expect((await unet(1, ...args)).err).toContain("o.tif can't be written: its folder doesn't exist");
    const [kept, ...more] = (await readdir(into)).filter((name) => name !== "o.tif");
    expect(kept).toMatch(/^o\.tif\.scores-[0-9a-f]{8}$/);
    expect(more).toEqual([]);
    await rm(join(into, "o.tif"), { recursive: true });

    // Other scores in their place show that they are taken.
    const ones = await zarrSink(at("ones.zarr"), { width, height, channels: 1, chunk: 256 });
    const data = new Float32Array(width * height).fill(1);
    await ones.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
    await ones.close?.(true);
    const chunk = join("0", "c", "0", "0", "0");
    await copyFile(at("ones.zarr", chunk), join(into, kept, chunk));
    await unet(0, ...args);
    expect(await readdir(into)).toEqual(["o.tif"]);
    expect(new Set((await readLabels(join(into, "o.tif"))).data)).toEqual(new Set([1]));
  });
});
