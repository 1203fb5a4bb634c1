import { readdirSync } from "node:fs";
import { join } from "node:path";

const { platform } = process;
const arch = { arm64: "aarch64" }[process.arch as string] ?? process.arch;

/** Bundlers, compilers and runtimes, as npm installs them beside the packages; none needs a script of its own to run. */
export const tools = [
  `@oven/bun-${platform}-${arch}@1.4.5`,
  "@rollup/plugin-commonjs@29.0.3",
  "@rollup/plugin-node-resolve@16.0.3",
  "deno@2.9.6",
  "esbuild@0.28.2",
  "next@16.4.6",
  `node22@npm:node-${platform}-${process.arch}@22.23.5`,
  `node24@npm:node-${platform}-${process.arch}@24.22.3`,
  "react@19.3.1",
  "react-dom@19.3.1",
  "rollup@4.68.8",
  "typescript5@npm:typescript@5.9.3",
  "typescript7@npm:typescript@7.0.2",
  "vite@8.4.0",
  "webpack@5.113.0",
];

/** The line that runs a program in a project that has the {@link tools}. */
export const runtimes: Record<string, (folder: string) => string[]> = {
  "the Node of the tests": () => [process.execPath],
  "Node 22": (folder) => [join(folder, "node_modules/node22/bin/node")],
  "Node 24": (folder) => [join(folder, "node_modules/node24/bin/node")],
  Bun: (folder) => [join(folder, `node_modules/@oven/bun-${platform}-${arch}/bin/bun`)],
  Deno: (folder) => {
    const packages = join(folder, "node_modules/@deno");
    return [join(packages, readdirSync(packages)[0], "deno"), "run", "--allow-all", "--no-lock"];
  },
};
