import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { RunIdentity } from "@unet/inference/zarr";
import { UsageError } from "../messages/errors.js";

/** Whether a result is to be a Zarr. */
export function isZarrPath(path: string): boolean {
  return extname(path).toLowerCase() === ".zarr";
}

/**
 * Whether a Zarr of this very run is there and complete, so that a run that was interrupted later need not write it again.
 *
 * @param run what it depends on
 * @throws UsageError where another is there
 */
export function isFinished(path: string, run: RunIdentity | undefined): boolean {
  if (!existsSync(path)) return false;
  if (run !== undefined && isDeepStrictEqual(runOf(path), run)) return true;
  throw new UsageError(`${path} exists; remove it, or name another`);
}

/** What a Zarr's metadata say that it depends on. */
export function runOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(join(path, "zarr.json"), "utf8")).attributes.unet.run;
  } catch {
    return undefined;
  }
}
