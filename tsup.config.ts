import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "tsup";

/**
 * One build for every package: ESM with declarations and source maps. The entry points are the
 * source files that the package's own `exports` names under the condition `@unet/source` (one for browsers, where
 * it has one, among them), and the scripts of workers (`NAME-worker.ts` in any folder), which are started by their
 * URL beside the code that starts them.
 */
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
type Source = string | Record<string, string>;
const targets = Object.values(manifest.exports ?? {}) as Array<string | Record<string, Source>>;
const exported = targets.flatMap((target) => {
  const source = typeof target === "object" ? target["@unet/source"] : [];
  return typeof source === "object" ? Object.values(source) : source;
});
const workers = (readdirSync("src", { recursive: true }) as string[]).filter((path) =>
  path.endsWith("-worker.ts"),
);
const nameOf = (path: string) => path.replace(/^\.\/src\//, "").replace(/\.ts$/, "");
const entry = Object.fromEntries([
  ...exported.map((path) => [nameOf(path), path]),
  ...workers.map((path) => [basename(path, ".ts"), `src/${path}`]),
]);

export default defineConfig({
  entry,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  clean: true,
  splitting: true,
  removeNodeProtocol: false,
  treeshake: true,
  dts: {
    compilerOptions: {
      customConditions: [],
      noEmit: false,
      // a package that imports its own subpaths has no declarations of them yet
      paths: { [`${manifest.name}/*`]: ["./src/*.ts"] },
    },
  },
  external: [/^node:/, /^@tensorflow\//, /^@unet\//],
});
