import { inNode } from "./names.js";

const CORE = "@tensorflow/tfjs-core";

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
 * Whether the project, or a package that it will use, resolves another copy of tfjs-core than this one: the two would not
 * know each other's kernels and tensors. Looks from this package and from the folder `from`; in Node only.
 *
 * @returns a line that names both copies and the remedy, or nothing
 */
export async function findSecondCore(from = workingFolder()): Promise<string | undefined> {
  if (!inNode) return undefined;
  const { modules, path } = await import("@unet/image/node");
  const resolve = (start: string, name: string): string | undefined => {
    try {
      return modules.createRequire(start).resolve(name);
    } catch {
      return undefined;
    }
  };
  const ours = resolve(import.meta.url, CORE);
  const project = path.join(from, "package.json");
  const dependents: Array<[name: string, file?: string]> = [
    [from, project],
    ...[import.meta.url, project].flatMap((start) =>
      DEPENDENTS.map((name): [string, string?] => [name, resolve(start, name)]),
    ),
  ];
  for (const [name, file] of dependents) {
    const theirs = file && resolve(file, CORE);
    if (ours && theirs && theirs !== ours) {
      return `there are two copies of ${CORE}: ${ours} and, for ${name}, ${theirs}; keep one version of it in package.json, then npm dedupe`;
    }
  }
  return undefined;
}

function workingFolder(): string {
  return inNode ? process.cwd() : "";
}
