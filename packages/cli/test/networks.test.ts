import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { readImage, writeImage } from "@unet/image";
import { loadModel } from "@unet/model";
import { installedNetworks } from "@unet/networks";
import { describe, expect, test } from "vitest";
import { inNewFolder, saveUntrained, unet } from "./in-folder.js";

const at = inNewFolder();

/** Commands take names as they are typed, in the folder where one works. */
async function inFolder<T>(work: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(at());
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

/** Four bright discs on a dark ground, as an image, and with their masks. */
async function drawDiscs(): Promise<void> {
  const side = 96;
  const labelOf = (i: number) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const [column, row] = [x < 48 ? 0 : 1, y < 48 ? 0 : 1];
    return Math.hypot(x - 24 - 48 * column, y - 24 - 48 * row) < 11 ? 1 + column + 2 * row : 0;
  };
  const draw = (of: (i: number) => number) => ({
    width: side,
    height: side,
    channels: 1,
    data: new Uint8Array(side * side).map((_, i) => of(i)),
  });
  const image = draw((i) => (labelOf(i) > 0 ? 120 : 15) + ((i * 7919) % 5));
  for (const folder of ["data/images", "data/masks"]) await mkdir(at(folder), { recursive: true });
  await writeImage(at("discs.png"), image);
  for (const name of ["a", "b"]) {
    await writeImage(at(`data/images/${name}.png`), image);
    await writeImage(at(`data/masks/${name}.png`), draw(labelOf));
  }
}

describe("unet networks", () => {
  test("lists each with what it expects, what it scores and its data's licence, in 80 columns", async () => {
    const { out } = await unet(0, "networks");
    expect(out.split("\n").every((line) => line.length <= 80)).toBe(true);
    for (const { card } of await installedNetworks()) {
      const [measure, { value }] = Object.entries(card.scores.measures)[0];
      expect(out).toMatch(new RegExp(`^${card.name}\\b`, "m"));
      expect(out.replace(/\s+/g, " ")).toContain(`${measure} ${value.toFixed(3)}`);
      expect(out).toContain(card.data.licence.split(";")[0]);
    }
    const { out: json } = await unet(0, "networks", "--json");
    expect(JSON.parse(json)).toEqual((await installedNetworks()).map(({ card }) => card));
  });

  test("prints the card of one, and says which there are where there is none", async () => {
    const { out } = await unet(0, "networks", "nuclei");
    expect(out).toMatch(/^licence {4}CC0 1\.0 \(of the data\)$/m);
    expect(out).toMatch(/AP at IoU 0\.75 +0\.\d{3} +\(0\.\d{3} to 0\.\d{3}\)/);
    const { err } = await unet(2, "networks", "nucleus");
    expect(err).toContain("there is no network nucleus; there are nuclei, ");
    expect(err).toContain("unet networks nuclei");
  });
});

describe("a network's name", () => {
  test("predicts, and what was taken is said", async () => {
    await drawDiscs();
    const { out, err } = await inFolder(() => unet(0, "predict", "nuclei", "discs.png"));
    expect(err).toContain("network    nuclei: nuclei in fluorescence microscopy");
    expect(err).toContain("CC0 1.0");
    expect(out).toContain("discs-objects.tif  1 page of 96 × 96, 4 objects");
    expect(existsSync(at("discs-objects.csv"))).toBe(true);
    const quiet = ["predict", "nuclei", at("discs.png"), "--out", at("score.tif"), "--json"];
    expect((await unet(0, ...quiet)).err).not.toContain("network");
  });

  test("means the network beside a folder of other things, and not one that holds a model", async () => {
    await drawDiscs();
    await mkdir(at("nuclei"));
    await writeFile(at("nuclei/notes.txt"), "none");
    const predict = ["predict", "nuclei", "discs.png", "--instances"];
    const first = await inFolder(() => unet(0, ...predict, "first.tif"));
    expect(first.err).toContain("network    nuclei");
    await expect(inFolder(() => unet(1, "predict", "./nuclei", "discs.png"))).resolves.toMatchObject({
      err: expect.stringContaining("./nuclei holds no model.json"),
    });
    await saveUntrained(at("nuclei/model"));
    const second = await inFolder(() => unet(0, ...predict, "second.tif"));
    expect(second.err).toContain("the folder nuclei, which hides the network of this name");
    // the untrained one finds something else
    const [a, b] = [await readImage(at("first.tif")), await readImage(at("second.tif"))];
    expect(a.data).not.toEqual(b.data);
  });

  test("that is none is refused with those that there are", async () => {
    await drawDiscs();
    const { err } = await inFolder(() => unet(1, "predict", "nucley", "discs.png"));
    expect(err).toMatch(/there is no nucley; give .* or a network: nuclei, membranes/);
    expect(err).toContain("unet predict nuclei discs.png");
  });

  test("may be the name of the folder that is written to", async () => {
    await drawDiscs();
    await inFolder(() => unet(0, "predict", "nuclei", "discs.png", "--instances", "nuclei/"));
    expect(existsSync(at("nuclei/discs.tif"))).toBe(true);
  });

  test("evaluates, tracks, is inspected, and is one of several whose mean is taken", async () => {
    await drawDiscs();
    const data = `folder:${at("data")}`;
    const { out } = await unet(
      0,
      "evaluate",
      "nuclei",
      data,
      "--kind",
      "instances",
      "--measures",
      "f1",
      "--json",
    );
    expect(JSON.parse(out).measures[0]).toMatchObject({ name: "f1", value: 1 });
    await unet(0, "track", "nuclei", at("data/images"), "--out", at("tracked"));
    expect(await readFile(at("tracked/res_track.txt"), "utf8")).toBe("1 0 1 0\n2 0 1 0\n3 0 1 0\n4 0 1 0\n");
    const inspected = JSON.parse((await unet(0, "inspect", "nuclei", "--json")).out);
    expect(inspected).toMatchObject({ task: { aim: "instances" }, training: { card: { name: "nuclei" } } });
    const mean = await unet(0, "predict", "nuclei,nuclei", at("discs.png"), "--instances", at("mean.tif"));
    expect(mean.out).toContain("4 objects");
  });

  test("is calibrated into a folder of one's own", async () => {
    await drawDiscs();
    const given = ["calibrate", "nuclei", "--data", `folder:${at("data")}`, "--kind", "instances"];
    const { err } = await unet(2, ...given);
    expect(err).toContain("the network nuclei lies in its package; give --out FOLDER");
    await unet(0, ...given, "--out", at("mine"));
    const model = await loadModel(at("mine"));
    const { task, training } = model.getUserDefinedMetadata() as Record<string, Record<string, object>>;
    expect(task.calibration).toMatchObject({ images: 2, measures: { f1: 1 } });
    expect(training).not.toHaveProperty("card");
    model.dispose();
  });

  test("is trained further: its task and rims, fewer and smaller steps, and no card of what it was", async () => {
    await drawDiscs();
    const train = ["train", "--from", "nuclei", "--data", `folder:${at("data")}`, "--kind", "instances"];
    const end = ["--validation", "none", "--tile-size", "32", "--workers", "0", "--out", at("tuned")];
    const { err } = await unet(0, ...train, "--steps", "2", ...end);
    expect(err).toContain("network    nuclei");
    const { training } = JSON.parse(await readFile(at("tuned/config.json"), "utf8"));
    expect(training.learningRate).toBeCloseTo(3e-4, 9);
    expect(training.rims).toEqual([2, 5]);
    const { card } = (await installedNetworks())[0];
    const { threshold, split } = (card.task as { out: { threshold: number; split: string } }).out;
    expect(training.task.out).toMatchObject({ threshold, split });
    const { out } = await unet(0, "predict", at("tuned"), at("discs.png"), "--instances", at("four.tif"));
    expect(out).toContain("4 objects");
    expect((await unet(0, "inspect", at("tuned"), "--json")).out).not.toContain('"card"');
  });
});
