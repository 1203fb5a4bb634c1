import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor } from "@tensorflow/tfjs-core";
import { input, layers, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { formatTracks, parseTracks } from "@unet/datasets";
import { type Image, type LabelImage, openImages, readLabels, writeImage, writeLabels } from "@unet/image";
import { saveModel } from "@unet/model";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TrackTable } from "../src/track/track-table.js";
import { runUnet, unwrapped } from "./run-unet.js";

const python = process.env.UNET_PYTHON ?? "python3";
const hasChallenge = spawnSync(python, ["-c", "import ctc_metrics"]).status === 0;

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const track = (...args: string[]) => runUnet("track", at("run"), ...args);

const [width, height] = [64, 48];
type Square = [x: number, y: number, side: number];
const squares = (of: Square[], value: (k: number) => number) => {
  const data = new Int32Array(width * height);
  for (const [k, [x, y, side]] of of.entries()) {
    for (let row = y; row < y + side; row++) data.fill(value(k), row * width + x, row * width + x + side);
  }
  return data;
};
const frameOf = (of: Square[]): Image => ({
  ...{ width, height, channels: 1 },
  data: Uint8Array.from(squares(of, () => 220)),
});
const labelsOf = (of: Square[], numbers: number[]): LabelImage => ({
  ...{ width, height },
  data: squares(of, (k) => numbers[k]),
});

/** One that moves through all frames, one that is seen in the first two, one that comes in the third. */
const scene: Square[][] = [0, 1, 2, 3].map((frame) => [
  [4 + 2 * frame, 4, 12],
  ...(frame < 2 ? [[40, 8, 10] as Square] : [[40, 30, 11] as Square]),
]);

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-track-"));
  await useBackend();
  // What is brighter than 128 is an object.
  const image = input({ shape: [null, null, 1] });
  const layer = layers.conv2d({ filters: 1, kernelSize: 1 });
  const model = modelOf({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
  layer.setWeights([tensor([0.1], [1, 1, 1, 1]), tensor([-12.8])]);
  await saveModel(model, at("run"));
  model.dispose();
  for (const part of ["data/01", "data/01_GT/SEG", "data/01_GT/TRA", "named"])
    await mkdir(at(part), { recursive: true });
  for (const [frame, of] of scene.entries()) {
    await writeImage(at(`data/01/t00${frame}.tif`), frameOf(of));
    await writeImage(at(`named/f${8 + frame}.tif`), frameOf(of));
    const truth = labelsOf(of, [1, frame < 2 ? 2 : 3]);
    await writeLabels(at(`data/01_GT/SEG/man_seg00${frame}.tif`), truth);
    await writeLabels(at(`data/01_GT/TRA/man_track00${frame}.tif`), truth);
  }
  await writeFile(at("data/01_GT/TRA/man_track.txt"), "1 0 3 0\n2 0 1 0\n3 2 3 0\n");
  await writeImage(at("film.tif"), scene.map(frameOf), { frames: 4 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => rm(at("out"), { recursive: true, force: true }));

const tableIn = async (path: string) => parseTracks(await readFile(join(path, "res_track.txt"), "utf8"));

describe("unet track", () => {
  test("writes masks and tracks as the challenge does, which evaluate reads", async () => {
    const { code, out } = await track(at("data/01"), "--out", at("out"));
    expect(code).toBe(0);
    expect(out).toBe(`${at("out")}  4 frames, 3 tracks, 8 objects\n`);
    const masks = [0, 1, 2, 3].map((frame) => `mask00${frame}.tif`);
    expect((await readdir(at("out"))).sort()).toEqual([...masks, "res_track.txt"]);
    expect(await readFile(at("out/res_track.txt"), "utf8")).toBe("1 0 3 0\n2 0 1 0\n3 2 3 0\n");
    for (const [frame, name] of masks.entries()) {
      const file = await openImages(at("out", name));
      expect((await file.image(0)).data).toBeInstanceOf(Uint16Array);
      expect(file.holds).toBe("labels");
      await file.close();
      const truth = labelsOf(scene[frame], [1, frame < 2 ? 2 : 3]);
      expect(await readLabels(at("out", name))).toEqual(truth);
    }
    const evaluated = await runUnet("evaluate", at("out"), `ctc:${at("data")}:01`, "--json");
    expect(evaluated.code).toBe(0);
    const values = JSON.parse(evaluated.out).measures.map(({ name, value }: never) => [name, value]);
    expect(Object.fromEntries(values)).toMatchObject({ seg: 1, f1: 1 });
    const whole = await runUnet(
      "evaluate",
      at("out"),
      `ctc:${at("data")}:01`,
      "--json",
      "--measures",
      "tra,det",
    );
    expect(JSON.parse(whole.out).measures).toMatchObject([{ value: 1 }, { value: 1 }]);
  });

  test.skipIf(!hasChallenge)(
    `its result is valid to py-ctcmetrics${hasChallenge ? "" : " (needs UNET_PYTHON)"}`,
    async () => {
      expect((await track(at("data/01"), "--out", at("out"))).code).toBe(0);
      const program = `
from ctc_metrics import validate_sequence, evaluate_sequence
valid = validate_sequence("${at("out")}", threads=1)["Valid"]
found = evaluate_sequence("${at("out")}", "${at("data/01_GT")}", threads=1)
print()
print(valid, found["SEG"], found["TRA"], found["DET"])`;
      const printed = String(execFileSync(python, ["-c", program]))
        .trim()
        .split("\n");
      expect(printed.at(-1)).toBe("1 1.0 1.0 1.0");
    },
    240_000,
  );

  test("continues annotated objects with their numbers", async () => {
    const start = at("start.tif");
    await writeLabels(start, labelsOf(scene[0], [9, 300]));
    const frames = [1, 2, 3].map((frame) => at(`data/01/t00${frame}.tif`));
    expect((await track(...frames, "--start", start, "--out", at("out"))).code).toBe(0);
    expect((await readdir(at("out"))).sort()).toEqual([
      ...["mask001.tif", "mask002.tif", "mask003.tif", "res_track.txt"],
    ]);
    expect(await tableIn(at("out"))).toEqual([
      { label: 9, first: 1, last: 3, parent: 0 },
      { label: 300, first: 1, last: 1, parent: 0 },
      { label: 301, first: 2, last: 3, parent: 0 },
    ]);
    expect(await readLabels(at("out/mask002.tif"))).toEqual(labelsOf(scene[2], [9, 301]));
  });

  test("takes the pages of a film, and files by their numbers, from 0 on", async () => {
    expect((await track(at("data/01"), "--out", at("out"))).code).toBe(0);
    for (const given of [at("film.tif"), at("named"), at("named/f*.tif")]) {
      const out = at("out", "more");
      const { code, err } = await track(given, "--out", out);
      expect(code).toBe(0);
      const first = given === at("film.tif") ? "film.tif 1/4" : "f8.tif";
      expect(unwrapped(err)).toContain(`are numbered from 0 on: frame 0 is ${first}`);
      for (const name of await readdir(out)) {
        expect(await readFile(join(out, name)), name).toEqual(await readFile(at("out", name)));
      }
      await rm(out, { recursive: true });
    }
  });

  test("keeps large objects only, as it is told", async () => {
    expect((await track(at("data/01"), "--out", at("out"), "--minimum-size", "125", "--json")).code).toBe(0);
    expect(await tableIn(at("out"))).toEqual([{ label: 1, first: 0, last: 3, parent: 0 }]);
  });

  test("refuses what it can't write to, and frames that don't belong together", async () => {
    await writeImage(at("small.tif"), { ...frameOf([]), height: 47, data: new Uint8Array(width * 47) });
    await writeImage(at("grid.tif"), [...scene, ...scene].map(frameOf), { frames: 4 });
    const wrong: Array<[number, string[], string]> = [
      [
        2,
        [at("data/01"), "--out", at("named")],
        `--out ${at("named")} holds f10.tif; name a new or an empty folder`,
      ],
      [2, [at("data/01"), "--out", at("data/01")], `--out ${at("data/01")} `],
      [2, [at("film.tif"), "--out", at("film.tif")], `--out ${at("film.tif")} is an input`],
      [
        2,
        [at("film.tif"), "--out", at("out"), "--start", at("small.tif")],
        "is 64 × 47, but film.tif 1/4 is 64 × 48",
      ],
      [2, [at("film.tif"), "--out", at("out"), "--start", at("film.tif")], "has 4 pages; give one"],
      [
        2,
        [at("grid.tif"), "--out", at("out")],
        "has 2 planes in depth and 4 in time; choose one depth by --z",
      ],
      [1, [at("film.tif"), at("small.tif"), "--out", at("out")], "frames must be of one size;"],
      [
        2,
        [at("film.tif"), "--out", at("out"), "--class", "3"],
        "--class must be 0 to 0 for this model, got 3",
      ],
    ];
    for (const [expected, args, message] of wrong) {
      const { code, err } = await track(...args);
      expect(unwrapped(err)).toContain(message);
      expect(code).toBe(expected);
      expect(await readdir(at("out")).catch(() => "none")).toBe("none");
    }
    expect((await track(at("grid.tif"), "--z", "1", "--out", at("out"))).code).toBe(0);
  });

  test("interrupted, leaves nothing, and ends by 130", async () => {
    const running = track(at("data/01"), "--out", at("out"));
    const begun = async () =>
      (await readdir(folder)).some((name) => name.startsWith("out") || name.includes(".out"));
    const ended = running.then(() => true);
    while (!(await begun()) && !(await Promise.race([ended, false])))
      await new Promise((resolve) => setTimeout(resolve, 1));
    process.emit("SIGINT");
    const { code, err } = await running;
    expect(code).toBe(130);
    expect(unwrapped(err)).toMatch(/stopped {4}after \d of 4 frames; nothing is written/);
    expect((await readdir(folder)).filter((name) => name.includes("out"))).toEqual([]);
  });
});

describe("a track table", () => {
  const row = (...data: number[]): LabelImage => ({
    width: data.length,
    height: 1,
    data: Int32Array.from(data),
  });

  test("ends a track that is missing for a while, and begins one that comes from it", () => {
    const table = new TrackTable();
    const written = [row(5, 2), row(5, 0), row(5, 2), row(3, 2), row(6, 2)].map((labels, frame) =>
      Array.from(table.add(frame, labels).data),
    );
    // 2 is missing in frame 1, and goes on as 6; what came as 6 then needs another number.
    expect(written).toEqual([
      [5, 2],
      [5, 0],
      [5, 6],
      [3, 6],
      [7, 6],
    ]);
    expect(formatTracks(table.tracks)).toBe("2 0 0 0\n3 3 3 0\n5 0 2 0\n6 2 4 2\n7 4 4 0\n");
  });

  test("leaves out what is ignored, and has at most 65,535 tracks", () => {
    const table = new TrackTable();
    expect(Array.from(table.add(0, row(-1, 0, 65535)).data)).toEqual([0, 0, 65535]);
    expect(() => table.add(1, row(65536))).toThrow("more than 65535 tracks");
  });
});
