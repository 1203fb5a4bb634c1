import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Image, writeImage, writeLabels } from "@unet/image";
import { describe, expect, it } from "vitest";
import { readFolder } from "../src/index.js";
import { grey, labels, rows, scratchFolder } from "./scratch.js";

const data = join(process.env.UNET_DATA ?? join(import.meta.dirname, "../../../../shared/data"), "dsb2018");
const rgb: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };

/** A PNG of the indices 2, 0, 1 into black, red, blue (written with Python's zlib). */
const PALETTE =
  "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAMAAAAsPuSGAAAACVBMVEUAAAD/AAAAAP9Kpa2BAAAADElEQVR4nGNgYmAEAAALAARUlc6MAAAAAElFTkSuQmCC";

/** A PNG of grey with alpha: white, and black that is half transparent (written by Pillow). */
const GREY_ALPHA =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR4nGP4/5+hAQAHfgJ/pSPAfwAAAABJRU5ErkJggg==";

async function folderOf(files: Record<string, Image>): Promise<string> {
  const folder = await scratchFolder();
  for (const [file, image] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeImage(join(folder, file), image);
  }
  return folder;
}

describe("readFolder", () => {
  it("matches images and masks by name, in natural order", async () => {
    const folder = await folderOf({
      "images/a10.tif": grey([1, 2]),
      "images/a9.png": grey([3, 4]),
      "masks/a9.png": grey([0, 255]),
      "masks/a10.png": grey([1, 2]),
    });
    const dataset = await readFolder(folder, { kind: undefined });
    expect(dataset.names).toEqual(["images/a9.png", "images/a10.tif"]);
    expect(rows((await dataset.get(0)).labels)).toEqual([[0, 1]]);
    const second = await dataset.get(1);
    expect(second.kind).toBe("classes");
    expect(rows(second.image)).toEqual([[1, 2]]);
    expect(rows(second.labels)).toEqual([[1, 2]]);
  });

  it("reads instances from labels/, of any depth in bits", async () => {
    const folder = await folderOf({ "train/images/x.tif": grey([1, 2]), "train/labels/y.png": grey([0, 0]) });
    await writeLabels(join(folder, "train/labels/x.tif"), labels([0, 70_000]));
    const dataset = await readFolder(folder, { kind: "instances" });
    const sample = await dataset.get(0);
    expect(sample.kind).toBe("instances");
    expect(rows(sample.labels)).toEqual([[0, 70_000]]);
  });

  it("unites one mask per object", async () => {
    const folder = await folderOf({
      "n1/images/n1.png": grey([1, 2, 3, 4]),
      "n1/masks/p.png": grey([255, 0, 0, 0]),
      "n1/masks/q.png": grey([0, 255, 255, 0]),
      "n2/images/n2.png": grey([5, 6]),
      "n2/masks/r.png": grey([0, 255]),
    });
    const dataset = await readFolder(folder);
    expect(dataset.names).toEqual(["n1/images/n1.png", "n2/images/n2.png"]);
    const sample = await dataset.get(0);
    expect(sample.kind).toBe("instances");
    expect(rows(sample.labels)).toEqual([[1, 2, 2, 0]]);
    expect(rows((await dataset.get(1)).labels)).toEqual([[0, 1]]);
  });

  it("passes on what reading an image changed, once", async () => {
    const folder = await folderOf({
      "n1/images/n1.png": grey([1, 2, 3, 4]),
      "n1/masks/p.png": grey([255, 90, 0, 0]),
      "n2/images/n2.png": grey([1, 2]),
    });
    await mkdir(join(folder, "n2/masks"));
    await writeFile(join(folder, "n2/masks/n2.png"), Buffer.from(GREY_ALPHA, "base64"));
    const notices: string[] = [];
    const dataset = await readFolder(folder, { onNotice: (notice) => notices.push(notice) });
    expect(rows((await dataset.get(0)).labels)).toEqual([[1, 1, 0, 0]]);
    for (let again = 0; again < 2; again++) {
      expect(rows((await dataset.get(1)).labels)).toEqual([[1, 0]]);
      await dataset.get(0);
    }
    expect(notices).toEqual([
      `${folder}/n1/masks/p.png: 1 pixels are neither black nor white, as resizing and JPEG leave them; they count as object (said once, of the first such file)`,
      `${folder}/n2/masks/n2.png: its alpha channel is dropped (said once, of the first such file)`,
      `${folder}/n2/masks/n2.png: it holds 0 and 255 alone, which are taken for 0 and 1 (said once, of the first such file)`,
    ]);
    await expect((await readFolder(folder, { maxPixels: 3 })).get(0)).rejects.toThrow("maxPixels");
  });

  it("translates colours and values", async () => {
    const folder = await folderOf({ "images/a.png": grey([1, 2]), "masks/a.png": rgb });
    const dataset = await readFolder(folder, { colours: { "#FF0000": 2, "#0000ff": -1 } });
    expect(rows((await dataset.get(0)).labels)).toEqual([[2, -1]]);
    const lacking = await readFolder(folder, { colours: { "#ff0000": 2 } });
    await expect(lacking.get(0)).rejects.toThrow(
      "masks/a.png holds #0000ff at x = 1, y = 0, which is not in the option colours (#ff0000)",
    );
    const values = await folderOf({ "images/a.png": grey([1, 2]), "masks/a.png": grey([128, 255]) });
    const byValue = await readFolder(values, { colours: { "128": 1, "255": 2 } });
    expect(rows((await byValue.get(0)).labels)).toEqual([[1, 2]]);
  });

  it("takes the indices of a palette as they are, or its colours through the table", async () => {
    const folder = await folderOf({ "images/a.png": grey([1, 2, 3]), "masks/b.png": rgb });
    await writeFile(join(folder, "masks/a.png"), Buffer.from(PALETTE, "base64"));
    expect(rows((await (await readFolder(folder)).get(0)).labels)).toEqual([[2, 0, 1]]);
    const colours = { "#000000": 5, "#ff0000": 6, "#0000ff": 7 };
    expect(rows((await (await readFolder(folder, { colours })).get(0)).labels)).toEqual([[7, 5, 6]]);
  });

  it("says what is wrong with a mask", async () => {
    const folder = await folderOf({
      "images/a.png": grey([1, 2]),
      "images/b.png": grey([1, 2]),
      "images/c.png": grey([1, 2]),
      "masks/a.png": rgb,
      "masks/b.png": grey([0, 3]),
      "masks/c.png": grey([0, 0, 1]),
    });
    const dataset = await readFolder(folder, { classes: 3 });
    await expect(dataset.get(0)).rejects.toThrow(
      `${folder}/masks/a.png is a mask in colour: #ff0000 at x = 0, y = 0; say what its colours mean by the option colours`,
    );
    await expect(dataset.get(1)).rejects.toThrow(
      `${folder}/masks/b.png holds 3 at x = 1, y = 0, but 3 classes are 0 … 2; give the option kind "instances"`,
    );
    await expect(dataset.get(2)).rejects.toThrow("images/c.png is 2 × 1 px, but its mask is 3 × 1");
  });

  it("says what is missing", async () => {
    await expect(readFolder(await folderOf({ "a.png": grey([1]) }))).rejects.toThrow(
      "has no images with masks: expected PNG, TIFF or JPEG files in images/ and PNG or TIFF files of the same names in masks/ or labels/; it has 1 in other folders, such as a.png",
    );
    const folder = await folderOf({ "images/a.png": grey([1]), "masks/b.png": grey([1]) });
    await expect(readFolder(folder)).rejects.toThrow(
      `${folder}/images/a.png has no mask: expected masks/a.png or labels/a.png (or .tif)`,
    );
  });

  it.skipIf(!existsSync(data))("reads the Data Science Bowl's nuclei (needs UNET_DATA)", async () => {
    const dataset = await readFolder(data);
    expect(dataset.length).toBe(36);
    let nuclei = 0;
    for (let i = 0; i < dataset.length; i++) nuclei += new Set((await dataset.get(i)).labels.data).size - 1;
    expect(nuclei).toBe(845);
  });

  it("refuses a mask whose planes lie otherwise in depth and time than its image's", async () => {
    const folder = await scratchFolder();
    const planes = Array.from({ length: 6 }, (_, i) => labels([0, i + 1]));
    for (const name of ["images", "masks"]) await mkdir(join(folder, name));
    await writeLabels(join(folder, "images/a.tif"), planes, { frames: 2 });
    await writeLabels(join(folder, "masks/a.tif"), planes, { frames: 3 });
    const data = await readFolder(folder);
    await expect(data.get(0)).rejects.toThrow(
      "masks/a.tif has 2 slices in 3 frames, but its image images/a.tif 3 slices in 2 frames; each plane needs its own",
    );
    await writeLabels(join(folder, "masks/a.tif"), planes, { frames: 6 });
    expect([...(await data.get(4)).labels.data]).toEqual([0, 5]);
  });
});
