import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

/**
 * One build for every package: ESM with declarations and source maps. The entry points are the
 * source files that the package's own `exports` names under the condition `@unet/source` (one for browsers, where
 * it has one, among them), and the scripts of workers, which are started by their URL.
 */
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
type Source = string | Record<string, string>;
const targets = Object.values(manifest.exports ?? {}) as Array<string | Record<string, Source>>;
const entry = targets.flatMap((target) => {
  const source = typeof target === "object" ? target["@unet/source"] : [];
  return typeof source === "object" ? Object.values(source) : source;
});

export default defineConfig({
  entry: [...entry, "src/*-worker.ts"],
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
