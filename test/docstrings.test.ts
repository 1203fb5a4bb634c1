import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examplesIn, runExample } from "./docstrings/examples.js";
import { makeWorld } from "./docstrings/world.js";

const root = join(import.meta.dirname, "..");
const examples = examplesIn(root);

let folder: string;
let world: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-docstrings-"));
  process.chdir(folder);
  world = await makeWorld();
});

afterAll(async () => {
  process.chdir(root);
  await rm(folder, { recursive: true, force: true });
});

test("there are examples", () => expect(examples.length).toBeGreaterThan(25));

test.each(examples)("$file:$line does as its docstring says", async (example) => {
  await expect(runExample(example, world)).resolves.toBeUndefined();
});
