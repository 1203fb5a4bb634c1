import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeImage, writeLabels } from "@unet/image";
import { describe, expect, it } from "vitest";
import { ignoreUnannotated } from "../src/formats/cell-tracking.js";
import { parseTracks, readCellTracking } from "../src/index.js";
import { grey, labels, rows, scratchFolder } from "./scratch.js";

const data = join(
  process.env.UNET_DATA ?? join(import.meta.dirname, "../../../../shared/data"),
  "ctc/PhC-C2DH-U373",
);

/** Three frames: the first with gold and silver truth, the second with silver only, the third with none. */
async function sequence(): Promise<string> {
  const folder = await scratchFolder();
  for (const part of ["01", "01_GT/SEG", "01_GT/TRA", "01_ST/SEG"]) {
    await mkdir(join(folder, part), { recursive: true });
  }
  for (const frame of [0, 1, 2]) {
    await writeImage(join(folder, `01/t00${frame}.tif`), grey([frame, 1, 2, 3, 4, 5, 6, 7]));
  }
  await writeLabels(join(folder, "01_GT/SEG/man_seg000.tif"), labels([3, 3, 0, 0, 0, 0, 0, 0]));
  await writeLabels(join(folder, "01_GT/TRA/man_track000.tif"), labels([0, 1, 0, 0, 2, 0, 0, 0]));
  await writeLabels(join(folder, "01_ST/SEG/man_seg000.tif"), labels([8, 8, 8, 9, 9, 9, 0, 0]));
  await writeLabels(join(folder, "01_ST/SEG/man_seg001.tif"), labels([1, 1, 0, 0, 0, 2, 2, 0]));
  return folder;
}

describe("readCellTracking", () => {
  it("ignores markers without a gold object", async () => {
    const dataset = await readCellTracking(await sequence(), "01", { truth: "gold" });
    expect(dataset).toMatchObject({ length: 1, names: ["01/t000.tif"], sequential: true });
    const sample = await dataset.get(0);
    expect(sample).toMatchObject({ name: "01/t000.tif", kind: "instances" });
    expect(rows(sample.labels)).toEqual([[3, 3, 0, 0, -1, 0, 0, 0]]);
  });

  it("reads silver truth, and both", async () => {
    const folder = await sequence();
    const silver = await readCellTracking(folder, "01", { truth: "silver" });
    expect(silver.names).toEqual(["01/t000.tif", "01/t001.tif"]);
    expect(rows((await silver.get(0)).labels)).toEqual([[8, 8, 8, 9, 9, 9, 0, 0]]);
    const both = await readCellTracking(folder, "01", { truth: "both" });
    expect(both.length).toBe(2);
    expect(rows((await both.get(1)).labels)).toEqual([[1, 1, 0, 0, 0, 2, 2, 0]]);
    expect(rows((await both.get(0)).labels)).toEqual([[3, 3, 0, -1, -1, -1, 0, 0]]);
  });

  it("ignores what is unlabelled along the border, where cells aren't annotated", async () => {
    const folder = await scratchFolder();
    for (const part of ["01", "01_GT/SEG"]) await mkdir(join(folder, part), { recursive: true });
    const size = { width: 40, height: 9 };
    await writeImage(join(folder, "01/t000.tif"), { ...size, channels: 1, data: new Uint8Array(360) });
    const truth = new Int32Array(360);
    truth.set([7, 7, 7], 2 * 40 + 5);
    await writeLabels(join(folder, "01_GT/SEG/man_seg000.tif"), { ...size, data: truth });
    const dataset = await readCellTracking(folder, "01", { border: 3 });
    const read = rows((await dataset.get(0)).labels);
    // Background as far as 10 px from the object, then what can't be known, but for the inside.
    const known = [...new Array<number>(18).fill(0), ...new Array<number>(22).fill(-1)];
    const object = known.with(5, 7).with(6, 7).with(7, 7);
    const inside = [...new Array<number>(37).fill(0), -1, -1, -1];
    expect(read).toEqual([known, known, object, inside, inside, inside, known, known, known]);
    await expect(readCellTracking(folder, "01", { border: 1.5 })).rejects.toThrow(
      "readCellTracking: border must be a whole number of px from 0, got 1.5",
    );
  });

  it("reads the markers of all cells, and track tables", async () => {
    const markers = await readCellTracking(await sequence(), "01", { truth: "markers" });
    expect(markers.names).toEqual(["01/t000.tif"]);
    expect(rows((await markers.get(0)).labels)).toEqual([[0, 1, 0, 0, 2, 0, 0, 0]]);
    expect(parseTracks("1 0 2 0\r\n7 3 59 1\n")).toEqual([
      { label: 1, first: 0, last: 2, parent: 0 },
      { label: 7, first: 3, last: 59, parent: 1 },
    ]);
    expect(() => parseTracks("1 0 2 0\n7 3 1\n")).toThrow(
      'Line 2 of the track table is "7 3 1": expected label, first frame, last frame and parent',
    );
    expect(() => parseTracks("1 5 2 0")).toThrow("frame 5 comes after 2");
    expect(() => parseTracks("1 0 99999999999 0")).toThrow("99999999999 is beyond any label or frame");
    expect(() => parseTracks("x".repeat(10_000))).toThrow(/^.{0,200}$/);
  });

  it("takes a marker for annotated if an object covers more than half of it", () => {
    const markers = labels([1, 1, 1, 0, 2, 2]);
    expect(rows(ignoreUnannotated(labels([5, 5, 0, 0, 6, 0]), markers))).toEqual([[5, 5, 0, 0, 6, -1]]);
  });

  it("names what is missing", async () => {
    const folder = await sequence();
    await expect(readCellTracking(folder, "02")).rejects.toThrow(
      `${folder} has no sequence 02: expected 02/t000.tif, 02/t001.tif, …; it has 01`,
    );
    await mkdir(join(folder, "03"));
    await writeImage(join(folder, "03/t000.tif"), grey([1]));
    await expect(readCellTracking(folder, "03", { truth: "both" })).rejects.toThrow(
      "has no both truth for sequence 03: expected files of its frames in 03_GT/SEG or 03_ST/SEG",
    );
    await expect(readCellTracking(folder, "01", { truth: "golden" as "gold" })).rejects.toThrow(
      'truth must be one of gold, silver, both, markers, got "golden"',
    );
  });

  it.skipIf(!existsSync(data))("reads PhC-C2DH-U373 (needs UNET_DATA)", async () => {
    const gold = await readCellTracking(data, "02");
    expect(gold.length).toBe(13);
    expect((await readCellTracking(data, "02", { truth: "silver" })).length).toBe(60);
    const both = await readCellTracking(data, "02", { truth: "both" });
    expect(both.length).toBe(60);
    const { image, labels } = await gold.get(0);
    expect(image).toMatchObject({ width: 696, height: 520, channels: 1 });
    expect(new Set(labels.data).size).toBeGreaterThan(2);
  });
});
