import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawnUnet } from "./spawn-unet.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-outputs-killed-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Kills a command once something of it is there, and a while later. */
async function killed(args: string[], signal: NodeJS.Signals, milliseconds: number) {
  const { child, ended } = spawnUnet(args);
  const before = await readdir(folder);
  const timer = setInterval(async () => {
    // what a killed one left is removed meanwhile, so their number says nothing
    if ((await readdir(folder)).every((name) => before.includes(name))) return;
    clearInterval(timer);
    setTimeout(() => child.kill(signal), milliseconds);
  }, 5);
  const { code, signal: by } = await ended;
  clearInterval(timer);
  return { code, by };
}

test("synth that is interrupted leaves no data set, and after kill -9 the next run removes the rest", async () => {
  const out = join(folder, "cells");
  const synth = ["synth", "cells", "--out", out, "--count", "400", "--size", "256"];
  expect(await killed(synth, "SIGTERM", 50)).toEqual({ code: 143, by: null });
  expect(await readdir(folder)).toEqual([]);
  for (const milliseconds of [0, Math.round(300 * Math.random())]) {
    expect(await killed(synth, "SIGKILL", milliseconds)).toEqual({ code: null, by: "SIGKILL" });
    expect(existsSync(out)).toBe(false);
  }
  const { ended } = spawnUnet([...synth.slice(0, 4), "--count", "3", "--size", "64"]);
  expect((await ended).code).toBe(0);
  expect(await readdir(folder)).toEqual(["cells"]);
  expect((await readdir(join(out, "masks"))).length).toBe(3);
}, 240_000);

test("of two trainings that begin at one moment with one --out, one has it", async () => {
  await mkdir(join(folder, "runs"));
  const out = join(folder, "runs", "one");
  const settings = [
    "--recipe",
    "paper",
    "--filters",
    "2",
    "--depth",
    "1",
    "--tile-size",
    "48",
    "--workers",
    "0",
    "--steps",
    "40",
  ];
  const train = ["train", "--data", "synthetic-cells:2", ...settings, "--out", out];
  const ended = await Promise.all([spawnUnet(train).ended, spawnUnet(train).ended]);
  expect(ended.map(({ code }) => code === 0).sort()).toEqual([false, true]);
  const refused = ended.find(({ code }) => code !== 0)!;
  expect(refused.stderr.replace(/\s+/g, " ")).toMatch(/is in use by process \d+|holds a run already/);
  expect(await readdir(out)).not.toContain("unet.lock");
}, 240_000);
