import { subset, syntheticCells, syntheticMembranes } from "@unet/datasets";
import type { Sample } from "@unet/image";
import { expect, test } from "vitest";
import { checkRecipe, type Recipe, recipeFor, recipes } from "../src/index.js";

/** Samples of square objects, `size` px a side, in images of 100 × 80 px. */
function squares(size: number, count = 3) {
  const [width, height] = [100, 80];
  const data = new Int32Array(width * height);
  for (let k = 0; k < 4; k++) {
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) data[(y + 40) * width + 25 * k + x] = k + 1;
  }
  const image = { width, height, channels: 3, data: new Uint8Array(3 * width * height) };
  const sample: Sample = { name: "squares", image, labels: { width, height, data }, kind: "instances" };
  return { length: count, get: () => sample };
}

test("the instances recipe gives each rim a class, tiles no larger than the images, and the task of its scores", async () => {
  const { network, training } = await recipeFor("instances", { samples: squares(20) });
  expect(network).toMatchObject({ inputChannels: 3, classes: 4, padding: "same", batchNormalisation: true });
  // Objects of 400 px are 22.6 px across, near enough to 30.
  expect(training).toMatchObject({
    tileSize: 112,
    rims: [2, 5],
    classWeights: [1, 1, 1, 1],
    optimizer: "adamw",
  });
  expect(training.task).toEqual({
    ...{ recipe: "instances", aim: "instances", scale: 1 },
    out: { score: [0, 1, 0.75, 0.5], threshold: 0.3, split: "distance", minimumSize: 40, fillHoles: true },
  });
});

// squares of 20 px have the area of circles of 22.57 px
test.each([
  [40, 1.8],
  [39, 1],
  [13, 1],
  [12, 0.53],
  [2, 0.25],
  [100, 4],
])(
  "objects that shall be %d px across are resized by %d, by 1 where that is near",
  async (objectSize, scale) => {
    const { training } = await recipeFor({ ...recipe("instances"), objectSize }, { samples: squares(20) });
    expect(training.task?.scale).toBe(scale);
  },
);

test("a fixed scale is taken as it is, and weights of classes and scores follow the rims that are asked for", async () => {
  const samples = squares(20);
  const { network, training } = await recipeFor("u373", { samples });
  expect(network.classes).toBe(4);
  expect(training).toMatchObject({ rims: [2, 6], paste: 3, tileSize: 64, classWeights: [1, 1, 1, 1] });
  expect(training.task).toMatchObject({
    scale: 0.5,
    out: { score: [0, 1, 0.75, 0.5], threshold: 0.3, minimumSize: 400 },
  });
  const { objectSize: _, ...atScale } = { ...recipe("instances"), scale: 1 };
  expect((await recipeFor(atScale, { samples })).training.task?.out.minimumSize).toBe(40);
  const three = await recipeFor("instances", { samples, training: { rims: [2, 4, 8] } });
  expect(three.network.classes).toBe(5);
  expect(three.training.classWeights).toEqual([1, 1, 1, 1, 1]);
  const { score } = three.training.task!.out;
  expect(score[1]).toBe(1);
  expect(score[2]).toBeCloseTo(5 / 6);
  expect(score[4]).toBe(0.5);
});

test("classes that are given switch rims off, unless these are given, too", async () => {
  const samples = squares(20);
  const { network, training } = await recipeFor("instances", { samples, network: { classes: 2 } });
  expect(network.classes).toBe(2);
  expect(training.rims).toBeUndefined();
  expect(training.classWeights).toEqual([1, 1]);
  expect(training.task!.out.score).toEqual([0, 1]);
  const both = { network: { classes: 3 }, training: { rims: [5] } };
  expect((await recipeFor("instances", { samples, ...both })).training.rims).toEqual([5]);
});

test("what is given takes the place of the recipe's: minutes that of steps, another padding that of the tile", async () => {
  const samples = syntheticMembranes({ count: 2, seed: 1 });
  const plain = await recipeFor("membranes", { samples });
  expect(plain.training).toMatchObject({ steps: 3000, tileSize: 256, w0: 10 });
  for (const field of ["measure", "validations"]) expect(plain.training).not.toHaveProperty(field);
  const validated = await recipeFor("membranes", { samples, validation: samples });
  expect(validated.training).toMatchObject({ measure: "loss", validations: 6 });
  expect(plain.training.task!.out).toMatchObject({ score: [0, 1], split: "contours", fillHoles: false });
  expect(plain.training.task!.symmetries).toBe(true);
  expect((await recipeFor("instances", { samples })).training.task).not.toHaveProperty("symmetries");
  const changed = await recipeFor("membranes", {
    samples,
    validation: samples,
    network: { padding: "valid", filters: 4 },
    training: { minutes: 5, validateEvery: 100, optimizer: "sgd" },
  });
  expect(changed.training).toMatchObject({
    minutes: 5,
    validateEvery: 100,
    optimizer: "sgd",
    schedule: "cosine",
  });
  for (const field of ["steps", "validations", "tileSize"])
    expect(changed.training).not.toHaveProperty(field);
  expect(changed.network).toMatchObject({ padding: "valid", filters: 4, batchNormalisation: true });
  const tile = await recipeFor("membranes", { samples, training: { tileSize: 100, minutes: 1, steps: 7 } });
  expect(tile.training).toMatchObject({ tileSize: 100, minutes: 1, steps: 7 });
});

test("cells of every size are seen at most 64 samples at a time", async () => {
  const cells = syntheticCells({ count: 1, seed: 3 });
  const read: number[] = [];
  const many = {
    length: 640,
    get(index: number) {
      read.push(index);
      return cells.get(0);
    },
  };
  const { training } = await recipeFor("instances", { samples: many });
  expect(read).toEqual(Array.from({ length: 64 }, (_, i) => 10 * i));
  expect(training.task?.scale).toBe(1);
  expect((await recipeFor("instances", { samples: subset(cells, [0]) })).training.tileSize).toBe(256);
});

test("a recipe without an aim has that of the data", async () => {
  const aimOf = async (options: Parameters<typeof recipeFor>[1]) =>
    (await recipeFor("paper", options)).training.task;
  expect(await aimOf({ samples: squares(20) })).toMatchObject({ aim: "instances", out: { score: [0, 1] } });
  const membranes = syntheticMembranes({ count: 1 });
  expect((await aimOf({ samples: membranes }))!.aim).toBe("classes");
  expect((await aimOf({ samples: membranes, aim: "membranes" }))!.aim).toBe("membranes");
  const three = await aimOf({ samples: membranes, network: { classes: 3 } });
  expect(three).toMatchObject({ aim: "classes", out: { score: [0, 1, 1] } });
});

test("a task that is given stays", async () => {
  const samples = squares(20);
  const { task } = (await recipeFor("u373", { samples })).training;
  const again = await recipeFor("instances", { samples, training: { task, rims: [2, 6] } });
  expect(again.training.task).toEqual(task);
  // tiles of images at half the size
  expect(again.training.tileSize).toBe(64);
});

test("every recipe is what its own check lets through; those for the aims of data come first", () => {
  expect(recipes.map(({ name }) => name)).toEqual(["instances", "membranes", "classes", "paper", "u373"]);
  for (const each of recipes) expect(checkRecipe(structuredClone(each), "file")).toEqual(each);
});

test.each<[unknown, RegExp]>([
  [[], /must be an object/],
  [{ aim: "cells" }, /aim must be one of instances, membranes, classes, got "cells"/],
  [{ aim: "classes", size: 3 }, /has no field "size"; it knows name, about/],
  [{ aim: "classes", scale: 0 }, /scale must be a number from 0.01 to 100, got 0/],
  [{ aim: "classes", scale: 1, objectSize: 30 }, /scale or objectSize, not both/],
  [{ aim: "classes", symmetries: 8 }, /symmetries must be true or false, got 8/],
  [{ aim: "classes", objectSize: "30" }, /objectSize must be a positive number of px, got "30"/],
  [{ aim: "classes", training: { optimizer: "lion" } }, /config.optimizer must be one of sgd, adam, adamw/],
  [{ aim: "classes", out: { treshold: 1 } }, /out has no field "treshold"/],
])("a recipe of %j is refused by its field", (given, message) => {
  expect(() => checkRecipe(given, "mine")).toThrow(message);
});

test("an unknown name, and scores that don't fit the classes, are told", async () => {
  const samples = squares(20);
  await expect(recipeFor("nuclei", { samples })).rejects.toThrow(
    /no recipe "nuclei"; there are instances, membranes/,
  );
  const short = { ...recipe("u373"), training: {} };
  await expect(recipeFor(short, { samples })).rejects.toThrow(/score must be a number for each of 2 classes/);
  expect(checkRecipe({ aim: "classes" }, "mine")).toEqual({
    ...{ name: "mine", about: "", aim: "classes", network: {}, training: {}, out: {} },
  });
});

function recipe(name: string): Recipe {
  return recipes.find((each) => each.name === name)!;
}
