import { copyFile, cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "./project.js";

/** Builds `program.mjs` for the browser, as the bundler's own documentation says, and gives the folder to serve. */
type Build = (project: Project) => Promise<string>;

/** Every bundler, and whether the tile worker starts. */
export const bundlers: Record<string, { build: Build; followsWorker: boolean }> = {
  webpack: { build: buildByWebpack, followsWorker: true },
  Vite: { build: buildByVite, followsWorker: true },
  "Next with Turbopack": { build: (project) => buildByNext(project, "--turbopack"), followsWorker: true },
  "Next with webpack": { build: (project) => buildByNext(project, "--webpack"), followsWorker: true },
  esbuild: { build: (project) => buildByEsbuild(project, "esbuild"), followsWorker: false },
  "esbuild with the worker as an entry": {
    build: (project) => buildByEsbuild(project, "esbuild-worker", `web-worker=${worker}`),
    followsWorker: true,
  },
  "Rollup with the worker as an entry": { build: buildByRollup, followsWorker: true },
};

/** As the README of `@unet/augmentation` says. */
const worker = "./node_modules/@unet/augmentation/dist/web-worker.js";

const page = '<!doctype html><script type="module" src="./program.js"></script>';

/** The page of a bundler that doesn't follow `new URL(…)`: the README of `@unet/backend` says where the binaries go. */
const pageWithPaths = `<!doctype html><script>globalThis.wasmPaths = "/wasm/";</script>
<script type="module" src="./program.js"></script>`;

async function buildByWebpack(project: Project): Promise<string> {
  await project.write(
    "webpack.mjs",
    `import webpack from "webpack";
    const output = { path: import.meta.dirname + "/out-webpack", filename: "program.js" };
    // small code takes most of the time, and is not what is tested
    const optimization = { minimize: false };
    const settings = { mode: "production", entry: "./program.mjs", output, optimization };
    webpack(settings, (error, stats) => {
      if (error || stats.hasErrors()) throw error ?? new Error(stats.toString("errors-only"));
    });`,
  );
  await project.run("node", "webpack.mjs");
  await project.write("out-webpack/index.html", page);
  return join(project.folder, "out-webpack");
}

async function buildByVite(project: Project): Promise<string> {
  await project.write("index.html", page.replace("program.js", "program.mjs"));
  await project.run("node", "node_modules/vite/bin/vite.js", "build", "--outDir", "out-vite");
  return join(project.folder, "out-vite");
}

async function buildByEsbuild(project: Project, name: string, ...entries: string[]): Promise<string> {
  const out = `out-${name}`;
  const flags = ["--bundle", "--format=esm", "--splitting", `--outdir=${out}`, "--log-level=error"];
  await project.run("node_modules/.bin/esbuild", "./program.mjs", ...entries, ...flags);
  return withBinaries(project, out);
}

async function buildByRollup(project: Project): Promise<string> {
  await project.write(
    "rollup.mjs",
    `import commonjs from "@rollup/plugin-commonjs";
    import resolve from "@rollup/plugin-node-resolve";
    import { rollup } from "rollup";
    const plugins = [resolve({ browser: true }), commonjs()];
    const input = { program: "./program.mjs", "web-worker": "${worker}" };
    const bundle = await rollup({ input, plugins, onLog() {} });
    await bundle.write({ dir: "out-rollup" });`,
  );
  await project.run("node", "rollup.mjs");
  return withBinaries(project, "out-rollup");
}

async function withBinaries(project: Project, out: string): Promise<string> {
  await copyBinaries(project, `${out}/wasm`);
  await project.write(`${out}/index.html`, pageWithPaths);
  return join(project.folder, out);
}

async function copyBinaries(project: Project, folder: string): Promise<void> {
  const binaries = join(project.folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  await cp(binaries, join(project.folder, folder), {
    recursive: true,
    filter: (path) => path === binaries || path.endsWith(".wasm"),
  });
}

/** Builds the program for Node, by the lines of `docs/bundlers.md`, and gives its folder. */
export async function buildForNode(project: Project): Promise<string> {
  const out = "out-node";
  const banner =
    'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname;';
  const entries = ["program.mjs", "node-worker=./node_modules/@unet/augmentation/dist/node-worker.js"];
  const flags = ["--bundle", "--platform=node", "--format=esm", "--log-level=error", `--outdir=${out}`];
  await project.run("node_modules/.bin/esbuild", ...entries, ...flags, `--banner:js=${banner}`);
  await copyBinaries(project, out);
  return out;
}

/** An app whose page, made on the server, imports every entry point; the program runs in the browser. */
async function buildByNext(project: Project, bundler: string): Promise<string> {
  const app = `next${bundler}`;
  await mkdir(join(project.folder, app, "app"), { recursive: true });
  for (const name of ["every", "stream", "snippet", "program"]) {
    await copyFile(join(project.folder, `${name}.mjs`), join(project.folder, app, "app", `${name}.mjs`));
  }
  await project.write(`${app}/package.json`, '{ "private": true, "type": "module" }');
  await project.write(`${app}/next.config.mjs`, 'export default { output: "export" };');
  await project.write(
    `${app}/app/layout.jsx`,
    "export default ({ children }) => <html lang='en'><body>{children}</body></html>;",
  );
  await project.write(
    `${app}/app/page.jsx`,
    `import Program from "./client";
    import { count } from "./every.mjs";
    export default () => <main><p>{"server: " + count}</p><Program /></main>;`,
  );
  await project.write(
    `${app}/app/client.jsx`,
    `"use client";
    import { useEffect } from "react";
    import { count } from "./every.mjs";
    export default function Program() {
      useEffect(() => void import("./program.mjs"), []);
      return <p>{"client, made on the server: " + count}</p>;
    }`,
  );
  await project.run("node", "node_modules/next/dist/bin/next", "build", app, bundler);
  return join(project.folder, app, "out");
}
