import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeImage } from "@unet/image";
import { describe, expect, it } from "vitest";
import { readIsbi2012 } from "../src/index.js";
import { grey, rows, scratchFolder } from "./scratch.js";

const data = join(process.env.UNET_DATA ?? join(import.meta.dirname, "../../../../shared/data"), "isbi2012");

describe("readIsbi2012", () => {
  it("reads slices in any order; 255 is class 1", async () => {
    const folder = await scratchFolder();
    await writeImage(join(folder, "train-volume.tif"), [grey([1, 2, 3]), grey([4, 5, 6])]);
    await writeImage(join(folder, "train-labels.tif"), [grey([0, 255, 0]), grey([255, 255, 0])]);
    const dataset = await readIsbi2012(folder);
    expect(dataset.length).toBe(2);
    expect(dataset.names).toEqual(["train-volume.tif[0]", "train-volume.tif[1]"]);
    const [second, first] = [await dataset.get(1), await dataset.get(0)];
    expect(second).toMatchObject({ name: "train-volume.tif[1]", kind: "classes" });
    expect(rows(second.image)).toEqual([[4, 5, 6]]);
    expect(rows(second.labels)).toEqual([[1, 1, 0]]);
    expect(rows(first.labels)).toEqual([[0, 1, 0]]);
    await expect(dataset.get(2)).rejects.toThrow("readIsbi2012: index must be an integer in 0 … 1, got 2");
  });

  it("reads slices in folders, by the numbers of their names", async () => {
    const folder = await scratchFolder();
    for (const name of ["train/image", "train/label"]) await mkdir(join(folder, name), { recursive: true });
    for (const slice of [2, 10]) {
      await writeImage(join(folder, `train/image/${slice}.png`), grey([slice, 1, 2]));
      await writeImage(join(folder, `train/label/label_0${slice}.tif`), grey([0, 0, 255]));
    }
    const dataset = await readIsbi2012(folder);
    expect(dataset).toMatchObject({
      length: 2,
      names: ["train/image/2.png", "train/image/10.png"],
      sequential: true,
    });
    const second = await dataset.get(1);
    expect(rows(second.image)).toEqual([[10, 1, 2]]);
    expect(rows(second.labels)).toEqual([[0, 0, 1]]);
    await writeImage(join(folder, "train/image/11.png"), grey([1, 2, 3]));
    await expect(readIsbi2012(folder)).rejects.toThrow(
      `${folder}/train/image/11.png has no labels of the same number`,
    );
    await writeImage(join(folder, "train/image/a11.png"), grey([1, 2, 3]));
    await expect(readIsbi2012(folder)).rejects.toThrow("has two slices 11: train/image/11.png and");
    await expect(readIsbi2012(join(folder, "train/image"))).rejects.toThrow(
      "has no ISBI 2012 data: expected train-volume.tif and train-labels.tif, or their slices in",
    );
  });

  it("reads the test stack, whose truth is unknown", async () => {
    const folder = await scratchFolder();
    await expect(readIsbi2012(folder, { part: "test" })).rejects.toThrow("has no test-volume.tif");
    await writeImage(join(folder, "test-volume.tif"), [grey([1, 2]), grey([3, 4])]);
    const dataset = await readIsbi2012(folder, { part: "test" });
    const { name, image, labels } = await dataset.get(1);
    expect(name).toBe("test-volume.tif[1]");
    expect(rows(image)).toEqual([[3, 4]]);
    expect(rows(labels)).toEqual([[-1, -1]]);
  });

  it("names what is missing or wrong", async () => {
    const folder = await scratchFolder();
    await expect(readIsbi2012(join(folder, "nowhere"))).rejects.toThrow(
      `Can't read the folder ${folder}/nowhere: there is no such folder`,
    );
    await writeImage(join(folder, "train-volume.tif"), [grey([1, 2]), grey([3, 4])]);
    await expect(readIsbi2012(folder)).rejects.toThrow(
      `${folder} has no train-labels.tif: expected train-volume.tif and train-labels.tif`,
    );
    await writeImage(join(folder, "train-labels.tif"), [grey([0, 255]), grey([0, 7])]);
    await expect(readIsbi2012(folder)).rejects.toThrow(
      `${folder}/train-labels.tif, slice 1, holds 7 at x = 1, y = 0: expected 255 inside cells and 0 on membranes`,
    );
    await writeImage(join(folder, "train-labels.tif"), [grey([0, 255, 0])]);
    await expect((await readIsbi2012(folder)).get(0)).rejects.toThrow(
      "train-volume.tif[0] is 2 × 1 px, but its labels are 3 × 1",
    );
  });

  it.skipIf(!existsSync(data))("reads the challenge's stack (needs UNET_DATA)", async () => {
    const dataset = await readIsbi2012(data);
    expect(dataset.length).toBe(24);
    const { image, labels } = await dataset.get(23);
    expect(image).toMatchObject({ width: 512, height: 512, channels: 1 });
    const inside = labels.data.reduce((sum, label) => sum + label, 0) / labels.data.length;
    expect(inside).toBeGreaterThan(0.7);
    expect(inside).toBeLessThan(0.85);
  });
});
