import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recipes } from "@unet/training";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { runUnet, unwrapped } from "./run-unet.js";

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  process.env.UNET_BACKEND = "wasm";
  folder = await mkdtemp(join(tmpdir(), "unet-recipes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const small = ["--filters", "2", "--depth", "1", "--workers", "0", "--steps", "1"];

/** What `config.json` says of a run that is begun with these arguments. */
async function configOf(name: string, ...args: string[]) {
  const { code, err } = await runUnet("train", "--out", at(name), ...args);
  expect(code, err).toBe(0);
  return { ...JSON.parse(await readFile(join(at(name), "config.json"), "utf8")), err };
}

test("recipes lists them by name and purpose, and prints a file that says why", async () => {
  const { out } = await runUnet("recipes");
  expect(out).toMatch(/^instances +separate objects such as nuclei.*\nmembranes +regions.*\nclasses /);
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  const { out: text } = await runUnet("recipes", "u373");
  expect(text).toMatch(/^# Cells in phase contrast/);
  expect(parse(text)).toEqual(recipes.find(({ name }) => name === "u373"));
  expect(JSON.parse((await runUnet("recipes", "--json")).out)).toEqual(recipes);
  const wrong = await runUnet("recipes", "nuclei");
  expect(wrong).toMatchObject({ code: 2 });
  expect(unwrapped(wrong.err)).toContain(
    "there is no recipe nuclei; there are instances, membranes, classes",
  );
});

test("without --recipe the data decides: objects, membranes, classes", async () => {
  const cells = await configOf("cells", "--data", "synthetic-cells:2", "--tile-size", "48", ...small);
  const { rims } = recipes[0].training;
  expect(cells.training).toMatchObject({ optimizer: "adamw", rims, steps: 1, w0: 0, tileSize: 48 });
  expect(cells.training.task).toMatchObject({ recipe: "instances", aim: "instances", scale: 1 });
  expect(cells.training.task.out.score).toHaveLength(2 + rims!.length);
  expect(cells.model).toMatchObject({ classes: 2 + rims!.length, padding: "same", filters: 2, depth: 1 });
  expect(cells.err).toMatch(/^recipe +instances: separate objects/m);

  const membranes = await configOf(
    "membranes",
    "--data",
    "synthetic-membranes:2",
    "--tile-size",
    "48",
    ...small,
  );
  expect(membranes.training.task).toMatchObject({ recipe: "membranes", out: { split: "contours" } });
  expect(membranes.training).toMatchObject({ rims: [], w0: 10, schedule: "cosine" });

  expect((await runUnet("synth", "cells", "--out", at("data"), "--count", "2", "--size", "40x36")).code).toBe(
    0,
  );
  // the same numbers, said to be objects: tiles are no larger than the images
  const objects = await configOf(
    "objects",
    "--data",
    `folder:${at("data")}`,
    "--kind",
    "instances",
    ...small,
  );
  const { scale } = objects.training.task;
  expect(objects.training).toMatchObject({ tileSize: 2 * Math.ceil(20 * scale), rims });
  const coloured = ["--colours", ["0=0", ...Array.from({ length: 40 }, (_, i) => `${i + 1}=1`)].join(",")];
  const classes = await configOf("classes", "--data", `folder:${at("data")}`, ...coloured, ...small);
  expect(classes.training.task).toMatchObject({ recipe: "classes", aim: "classes", out: { score: [0, 1] } });
});

test("a file is a recipe, too; options and --config override single fields of it", async () => {
  const file = at("mine.yaml");
  await writeFile(
    file,
    "aim: instances\nscale: 0.5\nnetwork: { padding: same }\ntraining: { steps: 7, tileSize: 64, rims: [2, 4], w0: 3 }\nout: { threshold: 0.4 }\n",
  );
  const data = ["--data", "synthetic-cells:2", ...small];
  const plain = await configOf("mine", ...data, "--recipe", file);
  expect(plain.training).toMatchObject({ steps: 1, tileSize: 64, rims: [2, 4], w0: 3 });
  expect(plain.training.task).toMatchObject({
    ...{ recipe: "mine", scale: 0.5, out: { score: [0, 1, 0.75, 0.5], threshold: 0.4 } },
  });
  const config = at("plan.yaml");
  await writeFile(config, `recipe: ${file}\ntraining: { w0: 8, sigma: 4 }\n`);
  const args = ["--config", config, "--w0", "9", "--rims", "5", "--scale", "0.25"];
  const { training } = await configOf("overridden", ...data, ...args);
  expect(training).toMatchObject({ w0: 9, sigma: 4, rims: [5], tileSize: 64 });
  expect(training.task).toMatchObject({ scale: 0.25, out: { score: [0, 1, 0.5], threshold: 0.4 } });
  const { model, training: two } = await configOf("two", ...data, "--recipe", file, "--classes", "2");
  expect(model.classes).toBe(2);
  expect(two.rims).toEqual([]);
});

test("the config.json of a run is a configuration of its own: one from before recipes gets none", async () => {
  const data = ["--data", "synthetic-cells:2", ...small];
  await configOf("first", ...data, "--recipe", "paper");
  const old = JSON.parse(await readFile(join(at("first"), "config.json"), "utf8"));
  for (const field of ["task", "rims", "paste", "validations"]) delete old.training[field];
  await writeFile(at("old.json"), JSON.stringify(old));
  const again = await configOf("again", "--config", at("old.json"), "--workers", "0");
  expect(again.training).not.toHaveProperty("task");
  expect(again.training).toMatchObject({ ...old.training, rims: [], paste: 0 });
  expect(again.model).toEqual(old.model);

  const task = (await configOf("new", ...data, "--tile-size", "48")).training.task;
  // Two of two samples are trained on; with six the last would be held out, but for this.
  const all = await configOf(
    "all",
    "--data",
    "synthetic-cells:6",
    "--validation",
    "none",
    "--tile-size",
    "48",
    ...small,
  );
  expect(all).not.toHaveProperty("validation");
  expect(all.data).toMatchObject({ indices: [0, 1, 2, 3, 4, 5] });
  const same = await configOf("same", "--config", join(at("all"), "config.json"), "--workers", "0");
  expect(same).not.toHaveProperty("validation");
  expect(same.data).toMatchObject({ indices: [0, 1, 2, 3, 4, 5] });
  const repeated = await configOf("repeated", "--config", join(at("new"), "config.json"), "--workers", "0");
  expect(repeated.training.task).toEqual(task);
  const histories = ["new", "repeated"].map((name) => readFile(join(at(name), "history.jsonl"), "utf8"));
  expect(await histories[1]).toBe(await histories[0]);
});

test("a model that is gone on with keeps its network, its rims, and the tiles that it takes", async () => {
  const data = ["--data", "synthetic-cells:2", "--workers", "0", "--steps", "1"];
  await configOf("base", ...data, "--filters", "2", "--depth", "1", "--tile-size", "48", "--rims", "2,5");
  const tuned = await configOf("tuned", ...data, "--tile-size", "48", "--from", at("base"));
  expect(tuned.training.rims).toEqual([2, 5]);
  expect(tuned.training.task.out.score).toEqual([0, 1, 0.75, 0.5]);
  const other = await configOf(
    "headed",
    ...data,
    "--tile-size",
    "48",
    "--from",
    at("base"),
    "--classes",
    "2",
  );
  expect(other.training.rims).toEqual([]);
});

test.each([
  [
    ["--recipe", "instance"],
    "there is no recipe instance; give instances, membranes, classes, paper, u373, or",
  ],
  [["--recipe", "wrong.yaml"], "wrong.yaml: training.optimizer must be one of sgd, adam, adamw"],
  [["--recipe", "paper", "--scale", "0"], "must be a number from 0.01 to 100"],
  [["--recipe", "paper", "--rims", "two"], "must be a positive number"],
  [["--rims", "2", "--classes", "2"], "1 width, so the model needs 3 classes"],
])("train %j is wrong use", async (args, message) => {
  await writeFile(at("wrong.yaml"), "aim: classes\ntraining: { optimizer: lion }\n");
  const given = args.map((arg) => (arg.endsWith(".yaml") ? at(arg) : arg));
  const train = ["train", "--data", "synthetic-cells:2", "--out", at("none"), ...small];
  const { code, err } = await runUnet(...train, ...given);
  expect(code).toBeGreaterThan(0);
  expect(unwrapped(err)).toContain(message);
  if (args.includes("instance")) expect(err).toContain("--recipe instances");
});
