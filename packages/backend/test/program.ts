import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const folder = fileURLToPath(new URL("../node_modules/.programs/", import.meta.url));

/** What a program printed, and how it ended. */
export interface Ending {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program that imports `@unet/backend` in a plain Node process, on a bundle of the sources. */
export async function runProgram(program: string, env: Record<string, string> = {}): Promise<Ending> {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(folder);
  try {
    await build({
      root: fileURLToPath(new URL("..", import.meta.url)),
      configFile: false,
      logLevel: "error",
      build: {
        ssr: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
        outDir: work,
        rollupOptions: { output: { entryFileNames: "backend.mjs" } },
      },
    });
    writeFileSync(join(work, "program.mjs"), program.replaceAll("@unet/backend", "./backend.mjs"));
    const { UNET_BACKEND: _, ...inherited } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--expose-gc", join(work, "program.mjs")],
      {
        env: { ...inherited, ...env },
        encoding: "utf8",
        timeout: 60_000,
      },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
