import { inNode } from "./names.js";

/** Packages that bring tensors or layers of their own where their tfjs-core is another copy. */
const DEPENDENTS = [
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@unet/model",
  "@unet/loss",
];

/**
 * Whether a package that will be used resolves another copy of tfjs-core than this one: the two would not
 * know each other's kernels and tensors. Looks from this package and from `from`; in Node only.
 *
 * @returns a line that names both copies and the remedy, or nothing
 */
export async function findSecondCore(from = workingFolder()): Promise<string | undefined> {
  if (!inNode) return undefined;
  const { createRequire } = await import(/* @vite-ignore */ "node:module");
  const resolve = (start: string, name: string): string | undefined => {
    try {
      return createRequire(start).resolve(name);
    } catch {
      return undefined;
    }
  };
  const core = "@tensorflow/tfjs-core";
  const ours = resolve(import.meta.url, core);
  for (const start of [import.meta.url, `${from}/package.json`]) {
    for (const name of DEPENDENTS) {
      const dependent = resolve(start, name);
      const theirs = dependent && resolve(dependent, core);
      if (ours && theirs && theirs !== ours) {
        return `there are two copies of ${core}: ${ours} and, for ${name}, ${theirs}; keep one version of it in package.json, then npm dedupe`;
      }
    }
  }
  return undefined;
}

function workingFolder(): string {
  return inNode ? process.cwd() : "";
}
