import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImage, readLabels, writeImage, writeLabels } from "@unet/image";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captured } from "./run-unet.js";

let folder: string;
const { output, errors } = captured();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-check-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("good images: how often each class comes, and 0", async () => {
  expect(await main(["check", "synthetic-membranes:2", "--classes", "2"])).toBe(0);
  expect(output[0]).toBe("info     all images");
  expect(output[1]).toMatch(/^ {9}class 0 \d+\.\d %, class 1 \d+\.\d %$/);
  expect(output.at(-1)).toBe("2 images: no errors, no warnings");
});

test("bad images: a table of at most 80 columns, a picture of the bad ones, and 1", async () => {
  const data = join(folder, "data");
  expect(await main(["synth", "membranes", "--out", data, "--count", "3", "--size", "96"])).toBe(0);
  const mask = (index: number) => join(data, "masks", `membranes-000${index}.png`);
  const labels = await readLabels(mask(1));
  await writeLabels(mask(1), { ...labels, data: labels.data.map((label) => 4 * label) });
  await writeImage(mask(2), { width: 96, height: 80, channels: 1, data: new Uint8Array(96 * 80) });
  output.length = 0;

  const picture = join(folder, "findings.png");
  const args = ["check", `folder:${data}`, "--classes", "2", "--held-out", `folder:${data}`];
  expect(await main([...args, "--picture", picture])).toBe(1);
  for (const line of output) if (!line.includes(data)) expect(line.length).toBeLessThanOrEqual(80);
  const table = output.join("\n").replace(/\s+/g, " ");
  expect(table).toContain("error images/membranes-0001.png the labels hold 4 at x = ");
  expect(table).toContain("is 96 × 96 px, but its mask is 96 × 80");
  expect(table).toContain("the same image as images/membranes-0000.png, which is trained on");
  expect(errors.join("")).toContain("unet: folder:");
  // Two of the three can be drawn, in each of the two sets.
  expect(await readImage(picture)).toMatchObject({ width: 1520, channels: 3 });

  output.length = 0;
  expect(await main([...args, "--json"])).toBe(1);
  const { images, errors: count, findings } = JSON.parse(output[0]);
  expect(images).toBe(6);
  expect(count).toBe(findings.filter(({ severity }: { severity: string }) => severity === "error").length);
});
