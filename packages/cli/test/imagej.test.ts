import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { type Image, openImages, type PixelSize, readStack, writeImage, writeLabels } from "@unet/image";
import { createUNet, saveModel } from "@unet/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runUnet } from "./run-unet.js";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const jar = process.env.UNET_IMAGEJ ?? pathOf("../../../.tools/ij-1.54p.jar");
const python = process.env.UNET_PYTHON ?? "python3";
// Java compiles the file that it runs, hence it has to be a JDK.
const hasImageJ = existsSync(jar) && spawnSync("javac", ["-version"]).status === 0;
const hasTifffile = spawnSync(python, ["-c", "import tifffile"]).status === 0;

/** What a reader sees of a file. */
interface Seen {
  channels: number;
  slices: number;
  frames: number;
  x: number;
  y: number;
  z: number;
  unit: string;
  values: number[];
}

let folder: string;
let files: string[];
const pixelSize: PixelSize = { x: 0.065, y: 0.13, z: 0.3, unit: "µm" };

const ramp = (type: "Uint8Array" | "Uint16Array" | "Float32Array", channels: number, first = 0): Image => {
  const data = new { Uint8Array, Uint16Array, Float32Array }[type](3500 * channels);
  for (let i = 0; i < data.length; i++) data[i] = (first + i * 7) % 251;
  return { width: 70, height: 50, channels, data };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-imagej-"));
  const path = (name: string) => join(folder, name);
  const run = async (...args: string[]) => expect((await runUnet(...args)).code, args.join(" ")).toBe(0);
  await writeImage(path("single.tif"), ramp("Uint16Array", 1), { pixelSize });
  const stack = [0, 1, 2, 3, 4, 5].map((page) => ramp("Uint8Array", 1, page));
  await writeImage(path("stack.tif"), stack, { pixelSize, frames: 2 });
  await writeImage(path("two.tif"), [ramp("Float32Array", 2), ramp("Float32Array", 2, 9)], { pixelSize });
  await writeImage(path("colours.tif"), ramp("Uint8Array", 3));
  await writeImage(path("colours16.tif"), [ramp("Uint16Array", 3), ramp("Uint16Array", 3, 5)]);
  const many = { width: 300, height: 300, data: Int32Array.from({ length: 90_000 }, (_, i) => i - 1) };
  await writeLabels(path("labels32.tif"), many);
  await useBackend({ prefer: ["cpu"] });
  const model = createUNet({ depth: 1, filters: 2, seed: 1 });
  await saveModel(model, path("model"));
  model.dispose();
  await mkdir(path("out"));
  for (const name of ["single", "stack"]) {
    const outputs = ["--out", path(`out/${name}-scores.tif`), "--instances", path(`out/${name}-objects.tif`)];
    await run("predict", path("model"), path(`${name}.tif`), ...outputs);
    await run(
      "predict",
      path("model"),
      path(`${name}.tif`),
      "--as",
      "labels",
      "--out",
      path(`out/${name}.tif`),
    );
  }
  await run("synth", "cells", "--out", path("cells"), "--count", "1", "--size", "64x48");
  files = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.tiff?$/.test(name))
    .map((name) => join(folder, name));
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

/** What we read, in the order of pages: channels first, then slices, then frames. */
async function ours(path: string): Promise<Seen & { width: number; height: number }> {
  const file = await openImages(path);
  const { slices, frames, pixelSize } = file;
  await file.close();
  const images = await readStack(path);
  const [{ width, height, channels }] = images;
  const values = images.flatMap(({ data }) =>
    Array.from({ length: channels }, (_, c) => [...data.filter((_, i) => i % channels === c)]).flat(),
  );
  const { x = 1, y = 1, z = 1, unit = "pixel" } = pixelSize ?? {};
  return { width, height, channels, slices, frames, x, y, z, unit: unit.replace("µm", "micron"), values };
}

function expectSeen(seen: Seen, expected: Seen, path: string): void {
  const { x, y, z, ...rest } = expected;
  expect(seen, path).toMatchObject(rest);
  for (const axis of ["x", "y", "z"] as const) expect(seen[axis], path).toBeCloseTo(expected[axis], 8);
}

describe("TIFF files of the commands, by the code of others", () => {
  test.skipIf(!hasImageJ)(
    `ImageJ opens each${hasImageJ ? "" : " (needs UNET_IMAGEJ)"}`,
    async () => {
      const program = pathOf("imagej/ReadTiff.java");
      const printed = execFileSync("java", ["-cp", jar, program, ...files], { maxBuffer: 1 << 28 });
      const seen = String(printed)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(seen).toHaveLength(files.length);
      for (const [i, path] of files.entries()) {
        const expected = await ours(path);
        if (seen[i].bits === 24) {
          // ImageJ packs colours of 8 bits into one number.
          const { width, height, channels, values, ...rest } = expected;
          const size = width * height;
          const packed = values
            .slice(0, size)
            .map((red, k) => (red << 16) + (values[size + k] << 8) + values[2 * size + k]);
          expectSeen(seen[i], { ...rest, channels: 1, values: packed }, path);
        } else expectSeen({ ...seen[i], values: seen[i].values.map(Math.fround) }, expected, path);
      }
      expect(files.some((path) => path.endsWith("stack-scores.tif"))).toBe(true);
      const { x, z, unit } = seen[files.findIndex((path) => path.endsWith("single-scores.tif"))];
      expect([x, z, unit]).toEqual([expect.closeTo(0.065, 8), expect.closeTo(0.3, 8), "micron"]);
    },
    60_000,
  );

  test.skipIf(!hasTifffile)(
    `tifffile reads each${hasTifffile ? "" : " (needs UNET_PYTHON)"}`,
    async () => {
      const printed = execFileSync(python, [pathOf("imagej/read-tiff.py"), ...files], { maxBuffer: 1 << 28 });
      const seen = String(printed)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      for (const [i, path] of files.entries()) expectSeen(seen[i], await ours(path), path);
    },
    60_000,
  );

  test("objects have 16 bits where they fit, and files say what they hold", async () => {
    const holds = async (name: string) => {
      const file = await openImages(join(folder, "out", name));
      await file.close();
      return file.holds;
    };
    expect(await holds("single-scores.tif")).toBe("probabilities");
    expect(await holds("stack-scores.tif")).toBe("probabilities");
    expect(await holds("single-objects.tif")).toBe("labels");
    expect(await holds("stack.tif")).toBe("labels");
    const [objects] = await readStack(join(folder, "out", "single-objects.tif"));
    expect(objects.data).toBeInstanceOf(Uint16Array);
  });
});
