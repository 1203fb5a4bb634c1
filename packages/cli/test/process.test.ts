import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spawnUnet } from "./spawn-unet.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-process-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = [
  "--data",
  "synthetic-cells:3",
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
];

test.skipIf(!existsSync("/dev/full"))(
  "a result that can't be written is told once, and exits with 1",
  async () => {
    const full = await open("/dev/full", "w");
    const { ended } = spawnUnet(["inspect", "--help"], { stdio: ["ignore", full.fd, "pipe"] });
    const { code, stderr } = await ended;
    await full.close();
    expect(code).toBe(1);
    expect(stderr).toBe("unet: standard output can't be written: the disk is full\n");
  },
  120_000,
);

test("a training goes on when nobody reads its progress any more", async () => {
  const out = join(folder, "unread");
  const { child, ended } = spawnUnet(["train", ...settings, "--steps", "30", "--out", out]);
  child.stderr?.once("data", () => child.stderr?.destroy());
  child.stdout?.destroy();
  expect((await ended).code).toBe(0);
  expect(existsSync(join(out, "checkpoints", "00000030.bin"))).toBe(true);
  expect(existsSync(join(out, "report.html"))).toBe(true);
}, 120_000);

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s", (signal, code) => {
  test("while a training runs: a checkpoint, a report, and the line to go on with", async () => {
    const out = join(folder, `it's ${signal}`);
    const args = ["train", ...settings, "--steps", "100000", "--validate-every", "2", "--out", out];
    const { child, ended } = spawnUnet(args);
    const history = () => readFile(join(out, "history.jsonl"), "utf8").catch(() => "");
    while ((await history()).split("\n").length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill(signal);
    // npm and timeout pass on what the program got itself
    child.kill(signal);
    const { stderr, ...end } = await ended;
    expect(end).toEqual({ code, signal: null, stdout: "" });
    const steps = Number(/stopped after (\d+) of 100000 steps/.exec(stderr)?.[1]);
    expect(steps).toBeGreaterThan(1);
    expect(existsSync(join(out, "checkpoints", `${String(steps).padStart(8, "0")}.bin`))).toBe(true);
    expect(stderr).toContain(`unet train --resume '${out.replace("'", "'\\''")}'\n`);
    expect(await readFile(join(out, "report.html"), "utf8")).toContain(
      `stopped after ${steps} of 100,000 steps`,
    );
  }, 120_000);
});
