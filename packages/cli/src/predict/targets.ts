import { statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { UsageError } from "../messages/errors.js";

/** An input, and what its results are called. */
export interface Named {
  path: string;
  /** The file's name without its extension, or with it where another input has the same without. */
  name: string;
  /** Whether its results go into a Zarr, where they can: it is one itself, of one image. */
  zarr: boolean;
}

/** The base names of the results of each input. */
export function resultNamesOf(inputs: string[]): string[] {
  const stems = inputs.map((path) => basename(path, extname(path)));
  return inputs.map((path, i) =>
    stems.indexOf(stems[i]) === stems.lastIndexOf(stems[i]) ? stems[i] : basename(path),
  );
}

/**
 * Where a result of each input goes: the path itself for one input, if it ends like a file; otherwise a file of the
 * input's name in that folder.
 *
 * @param option how the path was given, for complaints
 * @param extensions those that are known; a file in a folder ends in the first, or in `.zarr` where that is known and
 *   the input is one
 * @throws UsageError where the path does not suit so many inputs, or what is written
 */
export function targetsOf(inputs: Named[], option: string, path: string, extensions: string[]): string[] {
  if (!isFolderName(path)) {
    const extension = extname(path).toLowerCase();
    if (inputs.length > 1) {
      throw new UsageError(`${option} must be a folder for ${inputs.length} inputs, got ${path}`);
    }
    if (extensions.includes(extension)) return [path];
    const last = extensions.at(-1);
    const known = extensions.length > 1 ? `${extensions.slice(0, -1).join(", ")} or ${last}` : last;
    throw new UsageError(`${option} must end in ${known}, or be a folder, got ${path}`);
  }
  const zarr = extensions.includes(".zarr");
  return inputs.map(({ name, ...input }) =>
    join(path, `${name}${zarr && input.zarr ? ".zarr" : extensions[0]}`),
  );
}

/** Names of what is written, also where a folder is in its place. */
const ofResults = /\.(tiff?|png|zarr|csv|json|geojson|zip)$/i;

/** Whether a path to write to is that of a folder: its name has no extension, or there is one not named like a result. */
export function isFolderName(path: string): boolean {
  if (extname(path) === "" || /[\\/]$/.test(path)) return true;
  return !ofResults.test(path) && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}
