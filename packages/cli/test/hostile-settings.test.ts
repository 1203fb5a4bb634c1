import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inFlags } from "../src/messages/in-words.js";
import { readText } from "../src/read-text.js";
import { readPlan } from "../src/train/plan.js";

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "unet-settings-")), "settings");
});
afterAll(() => rm(join(file, ".."), { recursive: true }));

/** Each a list of the one before, twice: 2⁴⁰ in the end. */
const laughs = [
  "a0: &a0 [x]",
  ...Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
];

test.each<[string, string, RegExp]>([
  ["aliases of aliases of aliases", laughs.join("\n"), /Excessive alias count/],
  ["30,000 lists within each other", "[".repeat(30_000), /it is nested too deep/],
  [
    "50,000 fields",
    Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join("\n"),
    /characters of YAML, at most 65536/,
  ],
  ["samples without end", "samples: 0-99999999999", /samples must be sample numbers/],
])("settings of %s are refused", async (_, text, problem) => {
  await writeFile(file, text);
  await expect(readPlan(file)).rejects.toThrow(problem);
});

test("settings as JSON may be long: those of a run name each sample", async () => {
  const samples = Array.from({ length: 100_000 }, (_, i) => i);
  await writeFile(file, JSON.stringify({ data: "folder:cells", samples }));
  expect((await readPlan(file)).samples).toEqual(samples);
});

test("of a file without end only so much is read", async () => {
  await expect(readText("/dev/zero", 1000)).rejects.toThrow("/dev/zero has more than 1000 bytes");
  await writeFile(file, "12345");
  expect(await readText(file, 5)).toBe("12345");
  await expect(readText(file, 4)).rejects.toThrow("more than 4 bytes");
});

test("braces in a name are no table of colours", () => {
  expect(inFlags("no option colours {b} there")).toBe("no --colours {b} there");
});
