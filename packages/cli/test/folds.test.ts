import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, runUnet, unwrapped } from "./run-unet.js";

let folder: string;
let trained: Ran;
const out = () => join(folder, "folds");
const small = ["--filters", "2", "--depth", "1", "--tile-size", "48", "--steps", "2", "--rims", "2"];
const data = () => ["--data", `folder:${join(folder, "cells")}`, "--kind", "instances"];

beforeAll(async () => {
  process.env.UNET_BACKEND = "wasm";
  folder = await mkdtemp(join(tmpdir(), "unet-cli-folds-"));
  const cells = ["synth", "cells", "--out", join(folder, "cells"), "--count", "3", "--size", "64x64"];
  expect((await runUnet(...cells)).code).toBe(0);
  const args = ["train", ...data(), "--out", out(), "--folds", "3", ...small, "--workers", "0"];
  trained = await runUnet(...args);
  expect(trained.code, trained.err).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

test("--folds trains a network without each part of the images, and says what all say together", async () => {
  const { out: said } = trained;
  expect((await readdir(out())).sort()).toEqual(["fold-1", "fold-2", "fold-3", "folds.json"]);
  const { task, heldOut } = JSON.parse(await readFile(join(out(), "folds.json"), "utf8"));
  expect([...heldOut.flat()].sort()).toEqual([0, 1, 2]);
  expect(task.calibration.images).toBe(3);
  const model = await readFile(join(out(), "fold-2", "model", "model.json"), "utf8");
  expect(JSON.parse(model).userDefinedMetadata.task).toEqual(task);
  expect(unwrapped(said)).toContain(`finds ${task.calibration.measures.recall.toFixed(2)} of the objects`);
  expect(said).toContain(`next       unet predict ${out()} IMAGES`);

  const again = await runUnet("train", "--resume", out(), "--json");
  expect(again.code, again.err).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ out: out(), task, validations: [{}, {}, {}] });
});

test("predict takes the mean of all folds, as of the runs between commas", async () => {
  const image = join(folder, "cells", "images", (await readdir(join(folder, "cells", "images")))[0]);
  const scores = async (run: string, name: string) => {
    const path = join(folder, name);
    const { code, err } = await runUnet("predict", run, image, "--out", path);
    expect(code, err).toBe(0);
    return readFile(path);
  };
  const runs = [1, 2, 3].map((fold) => join(out(), `fold-${fold}`));
  const mean = await scores(out(), "mean.tif");
  expect(mean).toEqual(await scores(runs.join(","), "commas.tif"));
  expect(mean).not.toEqual(await scores(runs[0], "one.tif"));
  const { code, err } = await runUnet("inspect", out());
  expect(code).toBe(1);
  expect(unwrapped(err)).toContain(`${out()} holds folds, and one is wanted here; give ${runs[0]}`);
});

test("folds that are not all trained are told of", async () => {
  const file = join(out(), "folds.json");
  const state = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...state, validations: state.validations.slice(1) }));
  const { code, err } = await runUnet("predict", out(), "image.tif");
  await writeFile(file, JSON.stringify(state));
  expect(code).toBe(1);
  expect(unwrapped(err)).toContain(
    `${out()} has 2 of 3 folds trained; go on with unet train --resume ${out()}`,
  );
});

test.each([
  [["--folds", "4"], "--folds must be at most 3, as many as there are images, got 4"],
  [
    ["--folds", "2", "--validation", "1"],
    "--folds holds out each image once, so --validation can't be given with it",
  ],
])("refuses %j, and writes nothing", async (options, message) => {
  const other = join(folder, "other");
  const { code, err } = await runUnet("train", ...data(), "--out", other, ...small, ...options);
  expect(code).toBe(2);
  expect(unwrapped(err)).toContain(message);
  expect(existsSync(other)).toBe(false);
});

test("what is there is told of", async () => {
  const anew = await runUnet("train", ...data(), "--out", out(), ...small);
  expect(anew.code).toBe(2);
  expect(unwrapped(anew.err)).toContain(
    `--out ${out()} holds folds already; go on with unet train --resume ${out()}`,
  );
  const longer = await runUnet("train", "--resume", out(), "--steps", "9");
  expect(longer.code).toBe(2);
  expect(unwrapped(longer.err)).toContain(
    `so --steps can't be given with it; give it with --resume ${out()}/fold-1`,
  );
});
