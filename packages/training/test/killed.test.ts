import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeBackends } from "@unet/backend";
import { afterAll, describe, expect, test } from "vitest";

/** Runs train-run.ts on the sources. */
const program = `
import { createServer } from "vite";
const resolve = { conditions: ["@unet/source"] };
const server = await createServer({
  configFile: false, logLevel: "error", resolve, ssr: { resolve },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
});
await server.ssrLoadModule(${JSON.stringify(fileURLToPath(new URL("train-run.ts", import.meta.url)))});
await server.close();`;
const folder = mkdtempSync(join(tmpdir(), "unet-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const oneThread = { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1" };

/** Runs the program, killed a while after a step; the steps that it did. */
function run(
  backend: string,
  out: string,
  kill?: { step: number; milliseconds: number },
): Promise<{ signal: string | null; steps: number[] }> {
  const { UNET_BACKEND: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", program, backend, join(folder, out)],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...env, ...oneThread },
    },
  );
  const steps: number[] = [];
  child.stdout.on("data", (text) => {
    const done = [...String(text).matchAll(/step (\d+)/g)].map(([, step]) => Number(step));
    steps.push(...done);
    if (kill && done.includes(kill.step)) setTimeout(() => child.kill("SIGKILL"), kill.milliseconds);
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      if (code) reject(new Error(errors));
      else resolve({ signal, steps });
    });
  });
}

/** All that a run leaves that does not tell the time: the history, and the model's weights. */
function traceOf(out: string) {
  return {
    history: readFileSync(join(folder, out, "history.jsonl"), "utf8"),
    weights: readFileSync(join(folder, out, "model/weights.bin"), "base64"),
  };
}

const available = (await probeBackends()).filter(({ available }) => available).map(({ name }) => name);

describe.each(["cpu", "simd", "wasm", "tensorflow", "webgpu"] as const)("%s", (backend) => {
  test.skipIf(!available.includes(backend))(
    `24 steps straight are, to the bit, 24 steps with kill −9 now and then (needs ${backend})`,
    async () => {
      expect((await run(backend, `${backend}-straight`)).signal).toBe(null);
      const whole = traceOf(`${backend}-straight`);
      expect(whole.history.trim().split("\n")).toHaveLength(27);
      const out = `${backend}-killed`;
      // In the middle, beside a checkpoint, and some time later.
      const moments = [
        { step: 1, milliseconds: 0 },
        { step: 12, milliseconds: 0 },
        { step: 19, milliseconds: Math.round(20 * Math.random()) },
      ];
      for (const moment of moments) {
        const { signal, steps } = await run(backend, out, moment);
        expect(signal, `killed ${moment.milliseconds} ms after step ${moment.step}`).toBe("SIGKILL");
        expect(steps.length).toBeLessThan(24);
      }
      const { signal, steps } = await run(backend, out);
      expect(signal).toBe(null);
      expect(steps[0]).toBeGreaterThan(15);
      expect(traceOf(out)).toEqual(whole);
      expect(readdirSync(join(folder, out, "checkpoints")).filter((name) => !name.endsWith(".bin"))).toEqual(
        [],
      );
    },
    900_000,
  );
});
