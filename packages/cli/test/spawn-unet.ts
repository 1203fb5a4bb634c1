import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs the command from its sources. */
const program = `
import { createServer } from "vite";
const resolve = { conditions: ["@unet/source"] };
const server = await createServer({
  configFile: false, logLevel: "error", resolve, ssr: { resolve },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
});
await server.ssrLoadModule(${JSON.stringify(fileURLToPath(new URL("../src/unet.ts", import.meta.url)))});
await server.close();`;

/** What a command that ended has left. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts `unet` as a process of its own; `stdio` as for `spawn`, pipes that are read by default. */
export function spawnUnet(
  args: string[],
  { stdio = ["ignore", "pipe", "pipe"] }: { stdio?: ("ignore" | "pipe" | number)[] } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program, "unet", ...args], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...process.env, UNET_BACKEND: "wasm" },
    stdio,
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (text) => {
      texts[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { child, ended };
}
