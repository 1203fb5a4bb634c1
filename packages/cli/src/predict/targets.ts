import { existsSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { UsageError } from "../errors.js";
import { isZarr } from "./inputs.js";

/**
 * Where a result of each input goes: the path itself for one input, a file of the input's name in that folder for
 * several.
 *
 * @param option how the path was given, for complaints
 * @param extensions those that are known; the file of an input in Zarr ends in `.zarr`, where that is one of them, any
 *   other in the first
 * @throws UsageError where the path does not suit so many inputs, or what is written
 */
export function targetsOf(inputs: string[], option: string, path: string, extensions: string[]): string[] {
  const extension = extname(path).toLowerCase();
  if (inputs.length === 1) {
    if (extensions.includes(extension)) return [path];
    const last = extensions.at(-1);
    const known = extensions.length > 1 ? `${extensions.slice(0, -1).join(", ")} or ${last}` : last;
    throw new UsageError(`${option} must end in ${known}, got ${path}`);
  }
  if (extension) throw new UsageError(`${option} must be a folder for ${inputs.length} inputs, got ${path}`);
  return inputs.map((input) => {
    const same = isZarr(input) && extensions.includes(".zarr");
    return join(path, `${basename(input, extname(input))}${same ? ".zarr" : extensions[0]}`);
  });
}

/**
 * @throws UsageError where two results would be written to one place, or one onto an input
 * @throws Error where a Zarr exists, which is never written over
 */
export function assertApart(inputs: string[], targets: string[]): void {
  const given = new Set(inputs.map((input) => resolve(input)));
  const taken = new Set<string>();
  for (const target of targets) {
    const path = resolve(target);
    if (given.has(path)) throw new UsageError(`${target} is an input; name another file to write`);
    if (taken.has(path)) throw new UsageError(`two results would both be written to ${target}; name another`);
    taken.add(path);
    if (extname(path) === ".zarr" && existsSync(path)) {
      throw new Error(`${target} exists; remove it, or name another`);
    }
  }
}
