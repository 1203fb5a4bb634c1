import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useBackend } from "@unet/backend";
import { type Image, readImage, readStack, writeImage } from "@unet/image";
import { createUNet, saveModel } from "@unet/model";
import { unzipSync } from "fflate";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runUnet, unwrapped } from "./run-unet.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const predict = (...args: string[]) => runUnet("predict", at("run"), ...args);

const grey = (seed: number): Image => ({
  ...{ width: 24, height: 20, channels: 1 },
  data: Uint8Array.from({ length: 480 }, (_, i) => (seed * i) % 251),
});

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-predict-"));
  await useBackend();
  const model = createUNet({ depth: 1, filters: 2, seed: 1 });
  await saveModel(model, at("run"));
  model.dispose();
  await mkdir(at("mixed/deeper"), { recursive: true });
  await writeImage(at("mixed/a.png"), grey(3));
  await writeImage(at("mixed/b.TIFF"), grey(5));
  await writeImage(at("mixed/.hidden.png"), grey(7));
  await writeFile(at("mixed/._a.png"), "what macOS leaves on foreign disks");
  for (const name of ["notes.txt", "more.txt", "README"]) await writeFile(at("mixed", name), "text");
  await mkdir(at("broken"));
  await writeImage(at("broken/1.png"), grey(3));
  await writeFile(at("broken/2.png"), "no picture");
  await writeFile(at("broken/3.png"), "no picture either");
  await writeImage(at("broken/4.tif"), grey(5));
  await writeImage(at("stack.tif"), [grey(3), grey(5), grey(7)]);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => rm(at("out"), { recursive: true, force: true }));

describe("a folder of images", () => {
  test("each kind of image is segmented, none that is hidden; what else there is is told in a line", async () => {
    const { code, out, err } = await predict(at("mixed"), "--out", at("out"));
    expect(code).toBe(0);
    expect((await readdir(at("out"))).sort()).toEqual(["a.tif", "b.tif"]);
    expect(unwrapped(err)).toContain(
      `images ${at("mixed")}: 2; left out: 2 .txt, 1 folder, 1 without extension`.replace(
        "images ",
        "images     ",
      ),
    );
    expect(out.trim().split("\n")).toHaveLength(2);
  });

  test("patterns find no hidden files either", async () => {
    expect((await predict(at("mixed/*.png"), "--out", at("out"))).code).toBe(0);
    expect(await readdir(at("out"))).toEqual(["a.tif"]);
  });

  test("a name that two images have apart from their extension keeps it", async () => {
    await mkdir(at("twins"));
    await copyFile(at("mixed/a.png"), at("twins/a.png"));
    await copyFile(at("mixed/b.TIFF"), at("twins/a.tif"));
    expect((await predict(at("twins"), "--out", at("out"), "--overlay", at("out/pictures"))).code).toBe(0);
    expect((await readdir(at("out"))).sort()).toEqual(["a.png.tif", "a.tif.tif", "pictures"]);
    expect((await readdir(at("out/pictures"))).sort()).toEqual(["a.png.png", "a.tif.png"]);
  });

  test("damaged ones don't end the batch: the others are done, then they are listed, and 1", async () => {
    const table = at("out/objects.json");
    const { code, out, err } = await predict(at("broken"), "--out", at("out"), "--table", table);
    expect(code).toBe(1);
    expect((await readdir(at("out"))).sort()).toEqual(["1.tif", "4.tif", "objects.json"]);
    expect(out).not.toContain("2.png");
    const said = unwrapped(err);
    expect(said).toContain(
      `failed     ${at("broken/2.png")}, ${at("broken/3.png")}: it is neither a PNG nor`,
    );
    expect(said.trimEnd()).toMatch(/unet: 2 of 4 images failed; the other 2 are done$/);
    const rows = JSON.parse(await readFile(table, "utf8")) as Array<{ image: string }>;
    for (const { image } of rows) expect([at("broken/1.png"), at("broken/4.tif")]).toContain(image);
  });

  test("what was done to images is said once, whatever many there are", async () => {
    const { data } = grey(3);
    const rgb = {
      ...grey(3),
      channels: 3,
      data: Uint8Array.from({ length: 1440 }, (_, i) => data[Math.floor(i / 3)]),
    };
    await mkdir(at("equal"));
    await writeImage(at("equal/a.png"), rgb);
    await writeImage(at("equal/b.png"), rgb);
    await writeImage(at("equal/c.tif"), [rgb, rgb]);
    const { code, err } = await predict(at("equal"), "--out", at("out"));
    expect(code).toBe(0);
    expect(unwrapped(err).match(/three equal channels/g)).toHaveLength(1);
    expect(err.replace(/\s+/g, " ")).toContain(
      "a.png: the image has three equal channels; they are taken as one (said once, of the first such file)",
    );
  });

  test("--json has a line for each, done or not", async () => {
    const { code, out } = await predict(at("broken"), "--out", at("out"), "--json");
    expect(code).toBe(1);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ input }) => input)).toEqual(
      ["1.png", "2.png", "3.png", "4.tif"].map((name) => at("broken", name)),
    );
    expect(lines.map(({ error }) => error?.slice(0, 13))).toEqual([
      ...[undefined, "it is neither", "it is neither", undefined],
    ]);
  });

  test("one that is interrupted says what is done", async () => {
    // So many pages that the signal comes long before the last.
    await writeImage(
      at("long.tif"),
      Array.from({ length: 500 }, () => grey(3)),
    );
    const running = predict(at("mixed/a.png"), at("long.tif"), "--out", at("out"));
    const first = async () => (await readdir(at("out")).catch((): string[] => [])).includes("a.tif");
    while (!(await first())) await new Promise((resolve) => setTimeout(resolve, 1));
    process.emit("SIGINT");
    const { code, err } = await running;
    expect(code).toBe(130);
    expect(unwrapped(err)).toContain(`stopped    in ${at("long.tif")}; 1 of 2 images are done`);
  });
});

describe("one image", () => {
  test("goes into a folder by its name, with all that belongs to it", async () => {
    const into = ["--out", "--instances", "--geojson", "--rois", "--overlay", "--table"];
    const args = into.flatMap((option) => [option, at("out", option.slice(2))]);
    expect((await predict(at("mixed/a.png"), ...args)).code).toBe(0);
    const files = await Promise.all(into.map((option) => readdir(at("out", option.slice(2)))));
    expect(files.flat()).toEqual(["a.tif", "a.tif", "a.geojson", "a.zip", "a.png", "a.csv"]);
  });

  test("a folder is told from a file by what is there, then by its extension", async () => {
    await mkdir(at("out/of.2026"), { recursive: true });
    expect((await predict(at("mixed/a.png"), "--out", at("out/of.2026"))).code).toBe(0);
    expect(await readdir(at("out/of.2026"))).toEqual(["a.tif"]);
    const { code, err } = await predict(at("mixed/a.png"), "--out", at("out/of.2027"));
    expect(code).toBe(2);
    expect(unwrapped(err)).toContain("--out must end in .tif, .tiff, .png or .zarr, or be a folder, got");
  });
});

test("--z takes planes of a stack, and each page is what that plane alone gives", async () => {
  expect((await predict(at("stack.tif"), "--out", at("out/all.tif"))).code).toBe(0);
  expect((await predict(at("stack.tif"), "--out", at("out/two.tif"), "--z", "0,2")).code).toBe(0);
  const [all, two] = await Promise.all([readStack(at("out/all.tif")), readStack(at("out/two.tif"))]);
  expect(all).toHaveLength(3);
  expect(two.map(({ data }) => data)).toEqual([all[0].data, all[2].data]);
  expect((await predict(at("stack.tif"), "--out", at("out/one.png"), "--z", "1")).code).toBe(0);
  const one = await readImage(at("out/one.png"));
  expect(one.data).toEqual(Uint8Array.from(all[1].data, (value) => Math.round(value * 255)));
  const { code, err } = await predict(at("stack.tif"), "--out", at("out/x.tif"), "--z", "3");
  expect(code).toBe(1);
  expect(unwrapped(err)).toContain("its z goes from 0 to 2; 3 was asked for");
});

describe("what is found", () => {
  // Whatever the model says, at threshold 0 a page is one object.
  const all = ["--threshold", "0"];
  const linesOf = async (path: string) =>
    (await readFile(path, "utf8"))
      .trim()
      .split("\r\n")
      .map((line) => line.split(","));

  test("is told of each image in a summary and on the line of its result, in µm where the file says a pixel's size", async () => {
    const pixelSize = { x: 0.5, y: 0.5, unit: "µm" };
    await writeImage(at("micro.tif"), grey(3), { pixelSize });
    const images = [at("mixed/a.png"), at("micro.tif")];
    const table = ["--table", at("out/t.csv"), "--summary", at("out/s.csv")];
    const { code, out } = await predict(...images, ...all, ...table);
    expect(code).toBe(0);
    expect(out).toContain("1 page of 24 × 20, 1 object, mean area 480 px, 100 % of the image\n");
    expect(out).toContain(
      "1 page of 24 × 20, 1 object, mean area 480 px (120 µm²), 100 % of the image, 8330 in 1 mm²\n",
    );
    const [names, plain, micro] = await linesOf(at("out/s.csv"));
    expect(names.join()).toBe(
      "image,count,density_per_megapixel,mean_area,total_area,area_fraction,density_per_mm2,mean_area_um2,total_area_um2",
    );
    expect(plain).toEqual([images[0], "1", String(1e6 / 480), "480", "480", "1", "", "", ""]);
    expect(micro.slice(5).map(Number)).toEqual([1, 1e6 / 120, 120, 120]);
    const [head, ...rows] = await linesOf(at("out/t.csv"));
    const cell = (row: string[], name: string) => row[head.indexOf(name)];
    const data = Array.from(grey(3).data);
    for (const row of rows) {
      expect(Number(cell(row, "intensity_sum"))).toBe(data.reduce((sum, value) => sum + value, 0));
      expect(Number(cell(row, "intensity_max"))).toBe(Math.max(...data));
    }
    expect(rows.map((row) => cell(row, "axis_minor_length_um"))).toEqual([
      "",
      String(Number(cell(rows[1], "axis_minor_length")) / 2),
    ]);
  });

  test("is a region for ImageJ on its page of a stack", async () => {
    const { code } = await predict(at("stack.tif"), ...all, "--rois", at("out/stack.zip"));
    expect(code).toBe(0);
    const files = unzipSync(await readFile(at("out/stack.zip")));
    expect(Object.keys(files)).toEqual(["0001-1.roi", "0002-1.roi", "0003-1.roi"]);
    const positions = Object.values(files).map((roi) => new DataView(roi.buffer).getInt32(56));
    expect(positions).toEqual([1, 2, 3]);
  });

  test("has one summary", async () => {
    const { code, err } = await predict(at("mixed/a.png"), "--summary", at("out"));
    expect(code).toBe(2);
    expect(unwrapped(err)).toContain(`--summary must end in .csv or .json, got ${at("out")}`);
  });
});
