import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabelImage } from "@unet/image";
import { imagejRoi, roiZip } from "@unet/inference/imagej";
import { labelInstances, outlineInstances, type Ring } from "@unet/inference/instances";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomScores } from "./random-scores.js";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const jar = process.env.UNET_IMAGEJ ?? pathOf("../../../.tools/ij-1.54p.jar");
const python = process.env.UNET_PYTHON ?? "python3";
const hasImageJ = existsSync(jar) && spawnSync("javac", ["-version"]).status === 0;
const hasRoifile = spawnSync(python, ["-c", "import roifile, numpy"]).status === 0;

const labelsOf = (...rows: string[]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.join(""), Number),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** A square, one with a hole, and two pixels that meet at a corner. */
const small = labelsOf("11022200", "11020203", "00022230");
const ragged = [1, 2, 3].map((seed) =>
  labelInstances(randomScores(seed, 60, 50, 2), { channel: 0, connectivity: seed % 2 ? 8 : 4 }),
);

/** The zip of all objects of an image, by number. */
const zipOf = (labels: LabelImage, more = {}) =>
  roiZip(
    new Map(
      outlineInstances(labels).features.map((feature) => [String(feature.id), imagejRoi(feature, more)]),
    ),
  );

describe("regions for ImageJ", () => {
  test("have the bytes that ImageJ 1.54p and roifile 2026.2.10 were seen to read", () => {
    const [square, ring] = outlineInstances(small).features;
    expect(hex(imagejRoi(square, { position: 3 }))).toBe(
      "496f757400e4080000000000000200020004000000000000000000000000000000000000000000000000000000000000" +
        "000000000000000000000003000000500000000200020000000000000002000200000000000000000000000000000000" +
        "000000900000000100000000000000000000000000000000000000000000000000000000000000000000000000000000" +
        "0031",
    );
    expect(hex(imagejRoi(ring, { name: "2-5", slice: 2, frame: 5 }))).toBe(
      "496f757400e40100000000030003000600000000000000000000000000000000000000000000001a0000000000000000" +
        "000000000000000000000000000000a80000000040400000000000003f80000040c00000000000003f80000040c00000" +
        "404000003f80000040400000404000004080000000000000408000003f8000003f80000040800000400000003f800000" +
        "40a00000400000003f80000040a000003f8000004080000000000000000000000000000200000005000000e800000003" +
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000032002d0035",
    );
  });

  test("of one polygon are traced, of several rings composite", () => {
    const types = outlineInstances(small).features.map((feature) => imagejRoi(feature)[6]);
    expect(types).toEqual([8, 1, 1]);
  });

  test("beyond what 16 bits hold are composite, their corners as they are", () => {
    const square: Ring = [
      [40000, 70000],
      [40002, 70000],
      [40002, 70002],
      [40000, 70002],
      [40000, 70000],
    ];
    const bytes = imagejRoi({ id: 9, geometry: { type: "Polygon", coordinates: [square] } });
    const view = new DataView(bytes.buffer);
    expect(bytes[6]).toBe(1);
    const floats = Array.from({ length: view.getInt32(36) }, (_, i) => view.getFloat32(64 + 4 * i));
    expect(floats).toEqual([0, 40000, 70000, 1, 40002, 70000, 1, 40002, 70002, 1, 40000, 70002, 4]);
  });

  test("are files of a zip, which is the same each time, and may be empty", () => {
    const zip = zipOf(small);
    const files = unzipSync(zip);
    expect(Object.keys(files)).toEqual(["1.roi", "2.roi", "3.roi"]);
    expect(files["1.roi"]).toEqual(imagejRoi(outlineInstances(small).features[0]));
    expect(zipOf(small)).toEqual(zip);
    expect(unzipSync(roiZip(new Map()))).toEqual({});
  });

  test("are refused where a zip can't list them", () => {
    const many = new Map(Array.from({ length: 65536 }, (_, i) => [String(i), new Uint8Array(1)]));
    expect(() => roiZip(many)).toThrow("a zip lists at most 65535 regions, got 65536");
  });
});

/** What a reader finds in a zip. */
interface Region {
  zip: string;
  file: string;
  name: string;
  position: number;
  slice: number;
  frame: number;
  filled: number[];
}

describe("read by the code of others, regions hold exactly the objects' pixels, holes left out", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unet-rois-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const fill = (program: string, ...args: string[]) => execFileSync(program, args, { maxBuffer: 1 << 28 });
  const readers = {
    ImageJ: (zips: string[]) => fill("java", "-cp", jar, pathOf("imagej/FillRois.java"), ...zips),
    roifile: (zips: string[]) => fill(python, pathOf("imagej/fill-rois.py"), ...zips),
  };
  test.skipIf(!hasImageJ)(
    `ImageJ${hasImageJ ? "" : " (needs UNET_IMAGEJ)"}`,
    () => expectRead("ImageJ"),
    240_000,
  );
  test.skipIf(!hasRoifile)(
    `roifile${hasRoifile ? "" : " (needs UNET_PYTHON)"}`,
    () => expectRead("roifile"),
    240_000,
  );

  async function expectRead(reader: keyof typeof readers): Promise<void> {
    const images = [small, ...ragged].map((labels, k) => ({
      labels,
      path: join(folder, `${reader}-${k}.zip`),
      place: k % 2 ? { position: k } : { slice: k + 1, frame: 7 },
    }));
    for (const { labels, path, place } of images) await writeFile(path, zipOf(labels, place));
    const zips = images.flatMap(({ labels, path }) => [path, `${labels.width}`, `${labels.height}`]);
    const lines = String(readers[reader](zips)).trim().split("\n");
    const regions = lines.map((line) => JSON.parse(line) as Region);
    for (const { labels, path, place } of images) {
      const drawn = new Int32Array(labels.data.length);
      for (const { zip, file, name, filled, ...rest } of regions) {
        if (zip !== path) continue;
        expect(file).toBe(`${name}.roi`);
        expect(rest).toMatchObject(place);
        for (const i of filled) drawn[i] += Number(name);
      }
      expect(drawn).toEqual(labels.data);
    }
  }
});
