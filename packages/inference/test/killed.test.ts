import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomAt } from "@unet/image";
import { zarrSink } from "@unet/inference/zarr";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const programs = fileURLToPath(new URL("../node_modules/.programs/", import.meta.url));
const conditions = ["@unet/source"];
let bundle: string;
let folder: string;

beforeAll(async () => {
  mkdirSync(programs, { recursive: true });
  bundle = mkdtempSync(programs);
  folder = mkdtempSync(join(tmpdir(), "unet-killed-"));
  await build({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL("predict-zarr.ts", import.meta.url)),
      outDir: bundle,
      rollupOptions: { output: { entryFileNames: "program.mjs" } },
    },
  });
  const [width, height] = [300, 200];
  const random = randomAt(4, "killed", 0);
  const data = Float32Array.from({ length: width * height }, random);
  const sink = await zarrSink(join(folder, "in.zarr"), { width, height, channels: 1, chunk: 64 });
  await sink.write({ x: 0, y: 0, width, height }, { width, height, channels: 1, data });
  await sink.close?.(true);
});
afterAll(() => {
  for (const path of [bundle, folder]) rmSync(path, { recursive: true });
});

/** Runs the program, killed after so many tiles; the tiles that it computed. */
function run(output: string, killAfter = Infinity): Promise<{ signal: string | null; computed: string[] }> {
  const program = join(bundle, "program.mjs");
  const child = spawn(process.execPath, [program, join(folder, "in.zarr"), join(folder, output)]);
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
    if (said.split("computed").length > killAfter) child.kill("SIGKILL");
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      if (code) reject(new Error(errors));
      else resolve({ signal, computed: said.match(/computed \S+ \S+/g) ?? [] });
    });
  });
}

/** All files of a Zarr hierarchy with their bytes. */
function filesOf(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((file) => [file.slice(path.length), readFileSync(file, "base64")]));
}

test("after kill -9 a run goes on: finished chunks are not computed again, the result is identical", async () => {
  const whole = await run("whole.zarr");
  expect(whole.computed).toHaveLength(70);

  const killed = await run("out.zarr", 30);
  expect(killed.signal).toBe("SIGKILL");
  const part = join(folder, "out.zarr.part");
  const chunks = [...filesOf(part).keys()].filter((file) => /^\/0\/c\/\d+\/\d+\/\d+$/.test(file));
  expect(chunks.length).toBeGreaterThan(40);
  const written = new Map(chunks.map((file) => [file, statSync(join(part, file)).mtimeMs]));

  const resumed = await run("out.zarr");
  expect(resumed.signal).toBe(null);
  const finished = new Set(
    chunks.flatMap((file) => {
      const [c, y, x] = file.split("/").slice(3).map(Number);
      return c === 0 && written.has(`/0/c/1/${y}/${x}`) ? [`${y} ${x}`] : [];
    }),
  );
  expect(resumed.computed).toHaveLength(70 - finished.size);
  for (const [file, time] of written) {
    const [, y, x] = file.split("/").slice(3).map(Number);
    if (finished.has(`${y} ${x}`)) expect(statSync(join(folder, "out.zarr", file)).mtimeMs).toBe(time);
  }
  expect(filesOf(join(folder, "out.zarr"))).toEqual(filesOf(join(folder, "whole.zarr")));
});
