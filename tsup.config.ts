import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

/**
 * One build for every package: ESM with declarations and source maps. The entry points are the
 * source files that the package's own `exports` names under the condition `@unet/source`, and the
 * scripts of workers, which are started by their URL.
 */
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const targets = Object.values(manifest.exports ?? {}) as Array<string | Record<string, string>>;
const entry = targets.flatMap((target) => (typeof target === "object" ? [target["@unet/source"]] : []));

export default defineConfig({
  entry: [...entry, "src/*-worker.ts"],
  format: "esm",
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  clean: true,
  splitting: true,
  // The `browser` field of a package names Node's modules with their protocol.
  removeNodeProtocol: false,
  treeshake: true,
  dts: { compilerOptions: { customConditions: [], noEmit: false } },
  external: [/^node:/, /^@tensorflow\//, /^@unet\//],
});
