import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabelImage, readImage, writeImage, writeLabels } from "@unet/image";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { main } from "../src/main.js";
import { unwrapped } from "./run-unet.js";

let folder: string;
let output: string[];
let errors: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-evaluate-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  output = [];
  errors = [];
  vi.spyOn(console, "log").mockImplementation((line) => void output.push(String(line)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => errors.push(unwrapped(String(text))) > 0);
});
afterEach(() => vi.restoreAllMocks());

const path = (name: string) => join(folder, name);
const labels = (...rows: string[]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.join(""), Number),
});
const measuresOf = () =>
  Object.fromEntries(
    JSON.parse(output.at(-1)!).measures.map(({ name, value }: { name: string; value: number }) => [
      name,
      value,
    ]),
  );

// One object split, one found, two joined, one missed, and one that is none.
const truth = labels("1111110", "2222000", "3334440", "5500000");
const found = labels("1112220", "2222000".replaceAll("2", "3"), "4444440", "0000077");

test("instances: the measures that fit, a line for each image, and a picture of what is wrong", async () => {
  await writeLabels(path("truth.tif"), [truth, truth]);
  await writeLabels(path("found.tif"), [found, truth]);
  const args = ["evaluate", path("found.tif"), path("truth.tif")];
  expect(await main([...args, "--json", "--csv", path("each.csv"), "--picture", path("wrong.png")])).toBe(0);
  // IoU above 0.5: only object 2 of the first image; all five of the second.
  expect(measuresOf()).toEqual({
    iou: (16 + 18) / (20 + 18),
    dice: (2 * 34) / (18 + 18 + 18 + 18),
    seg: expect.closeTo((1 + 2 * (3 / 6) + 5) / 10, 12),
    f1: expect.closeTo((2 * 6) / (2 * 6 + 4 + 4), 12),
    ap: expect.closeTo(6 / 14, 12),
  });
  const rows = (await readFile(path("each.csv"), "utf8")).trim().split("\r\n");
  expect(rows[0]).toBe("image,iou,dice,seg,f1,ap");
  expect(rows[1]).toBe(`${path("truth.tif")}[0],0.8,0.888888888889,0.4,0.2,0.111111111111`);
  expect(rows[2]).toBe(`${path("truth.tif")}[1],1,1,1,1,1`);
  const { width, height, channels } = await readImage(path("wrong.png"));
  expect([width, channels]).toEqual([1020, 3]);
  expect(height).toBeGreaterThan(250);

  expect(await main(args)).toBe(0);
  expect(output.slice(-6)[0]).toBe("2 images with instances");
  for (const line of output.slice(-6)) expect(line.length).toBeLessThanOrEqual(80);
});

test("classes: probabilities are told from labels, and every ISBI measure can be named", async () => {
  const cells = labels("1110111", "1110111", "1110111");
  const bytes = cells.data.map((label) => (label ? 200 : 20));
  await writeLabels(path("cells.png"), cells);
  await writeImage(path("grey.png"), { ...cells, channels: 1, data: Uint8Array.from(bytes) });
  const args = ["evaluate", path("grey.png"), path("cells.png"), "--json"];
  expect(await main(args)).toBe(0);
  const perfect = { iou: 1, dice: 1, pixel: 0, rand: 0, warping: 0, vrand: 1 };
  expect(measuresOf()).toEqual({ ...perfect, vinfo: expect.closeTo(1, 12) });
  expect(await main([...args, "--measures", "warping,det"])).toBe(0);
  expect(measuresOf()).toEqual({ warping: 0, det: 1 });

  expect(await main(["evaluate", path("cells.png"), path("cells.png"), "--measures", "warping"])).toBe(2);
  expect(errors.join("")).toContain("warping needs probabilities, and the prediction holds labels");
  expect(await main([...args, "--measures", "hausdorff"])).toBe(2);
});

test("a sequence: files go by frame, DET and TRA by markers in all frames", async () => {
  const [data, result] = [path("ctc"), path("result")];
  for (const part of ["ctc/01", "ctc/01_GT/SEG", "ctc/01_GT/TRA", "result"]) {
    await mkdir(path(part), { recursive: true });
  }
  const markers = ["100000020", "010000020", "001000000"].map((row) => labels(row));
  const objects = ["110000022", "110000000", "011100000"].map((row) => labels(row));
  for (const frame of [0, 1, 2]) {
    const image = { width: 9, height: 1, channels: 1, data: new Uint8Array(9) };
    await writeImage(join(data, `01/t00${frame}.tif`), image);
    await writeLabels(join(data, `01_GT/TRA/man_track00${frame}.tif`), markers[frame]);
    await writeLabels(join(result, `mask00${frame}.tif`), objects[frame]);
  }
  await writeLabels(join(data, "01_GT/SEG/man_seg002.tif"), labels("011000000"));
  await writeFile(join(data, "01_GT/TRA/man_track.txt"), "1 0 2 0\n2 0 1 0\n");
  const args = ["evaluate", result, `ctc:${data}:01`, "--measures", "seg,det,tra", "--json"];

  expect(await main(args)).toBe(2);
  expect(errors.join("")).toContain("tra needs the track table");
  await writeFile(join(result, "res_track.txt"), "1 0 2 0\n2 0 0 0\n");
  expect(await main([...args, "--csv", path("frames.csv")])).toBe(0);
  // One of five markers is missed, and the edge to it of three.
  expect(measuresOf()).toEqual({
    seg: expect.closeTo(2 / 3, 12),
    det: expect.closeTo(1 - 10 / 50, 12),
    tra: expect.closeTo(1 - 11.5 / 54.5, 12),
  });
  const rows = (await readFile(path("frames.csv"), "utf8")).trim().split("\r\n");
  expect(rows.toSorted()).toEqual([
    "01/t000.tif,,1,",
    "01/t001.tif,,0.5,",
    "01/t002.tif,0.666666666667,1,",
    "image,seg,det,tra",
  ]);

  await rm(join(result, "mask002.tif"));
  expect(await main(args)).toBe(2);
  expect(errors.join("")).toContain("has 2 images and the truth 1, and their names don't match");
});
