import { existsSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawnUnet } from "./spawn-unet.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-process-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = [
  "--data",
  "synthetic-cells:3",
  "--filters",
  "2",
  "--depth",
  "1",
  "--tile",
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
