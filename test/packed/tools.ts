import { readdirSync } from "node:fs";
import { join } from "node:path";

const { platform } = process;
const arch = { arm64: "aarch64" }[process.arch as string] ?? process.arch;

/** Every Node that the packages promise to run on, as npm installs it; of the one that runs the tests, the tests' own is taken. */
const nodes = { "20": "20.20.2", "22": "22.23.5", "24": "24.22.3" };
const otherNodes = Object.entries(nodes).filter(([major]) => !process.version.startsWith(`v${major}.`));

/** Bundlers, compilers and runtimes, as npm installs them beside the packages; none needs a script of its own to run. */
export const tools = [
  `@oven/bun-${platform}-${arch}@1.4.5`,
  "@rollup/plugin-commonjs@29.0.3",
  "@rollup/plugin-node-resolve@16.0.3",
  "deno@2.9.6",
  "esbuild@0.28.2",
  "next@16.4.6",
  "react@19.3.1",
  "react-dom@19.3.1",
  "rollup@4.68.8",
  "typescript5@npm:typescript@5.9.3",
  "typescript7@npm:typescript@7.0.2",
  "vite@8.4.0",
  "webpack@5.113.0",
  ...otherNodes.map(([major, version]) => `node${major}@npm:node-${platform}-${process.arch}@${version}`),
];

/** The line that runs a program in a project that has the {@link tools}. */
export const runtimes: Record<string, (folder: string) => string[]> = {
  [`Node ${process.versions.node}`]: () => [process.execPath],
  ...Object.fromEntries(
    otherNodes.map(([major, version]) => [
      `Node ${version}`,
      (folder: string) => [join(folder, `node_modules/node${major}/bin/node`)],
    ]),
  ),
  Bun: (folder) => [join(folder, `node_modules/@oven/bun-${platform}-${arch}/bin/bun`)],
  Deno: (folder) => {
    const packages = join(folder, "node_modules/@deno");
    return [join(packages, readdirSync(packages)[0], "deno"), "run", "--allow-all", "--no-lock"];
  },
};
