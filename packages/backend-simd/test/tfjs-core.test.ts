import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../node_modules/.programs/", import.meta.url));
let work = "";

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  work = mkdtempSync(folder);
  await build({
    entryPoints: [fileURLToPath(new URL("./tfjs-core/run.mjs", import.meta.url))],
    outfile: `${work}/run.mjs`,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    conditions: ["@unet/source"],
    external: ["jasmine-core", "node-fetch"],
    // the modules that define tests export nothing, and are said to have no effects
    ignoreAnnotations: true,
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

test.each([1, 2])(
  "TensorFlow.js's own tests pass, on %i threads",
  (threads) => {
    const { stdout, stderr } = spawnSync(process.execPath, [`${work}/run.mjs`, String(threads)], {
      encoding: "utf8",
      timeout: 600_000,
      maxBuffer: 1 << 28,
    });
    const last = stdout.trim().split("\n").at(-1) ?? "";
    expect(last, stderr).toMatch(/^\{/);
    const { passed, failed } = JSON.parse(last) as { passed: number; failed: string[] };
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(4200);
  },
  600_000,
);
