import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";

/** Where a path leads. */
export interface Place {
  /** The same for all paths that lead to one file, whether it exists or not; hard links have {@link file} in common. */
  key: string;
  /** The device and the number of what is there. */
  file?: string;
  isFolder: boolean;
  /** The file that stands where a folder would have to be. */
  blockedBy?: string;
}

/**
 * Follows a path as writing to it would: through links, also those to what doesn't exist yet, and where the file system
 * takes `A.tif` and `a.tif` for one, so does the key.
 */
export function placeOf(path: string): Place {
  // Not normalised: what ".." is after a link, the system says.
  let there = isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
  const rest: string[] = [];
  for (let links = 0; ; ) {
    const real = realOf(there);
    if (real !== undefined) return placeIn(real, rest);
    const link = links++ < 40 ? linkOf(there) : undefined;
    if (link !== undefined) there = resolve(realOf(dirname(there)) ?? dirname(there), link);
    else {
      rest.unshift(basename(there));
      there = dirname(there);
    }
  }
}

/** The device and the number of a file or a folder that exists. */
export function fileAt(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

function placeIn(real: string, rest: string[]): Place {
  const isFolder = statSync(real).isDirectory();
  const path = join(real, ...rest);
  const key = takesAnyCase(isFolder ? real : dirname(real)) ? path.normalize("NFC").toLowerCase() : path;
  if (rest.length === 0) return { key, file: fileAt(real), isFolder };
  return { key, isFolder: false, ...(!isFolder && { blockedBy: real }) };
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

const anyCase = new Map<string, boolean>();

/** Whether a folder takes names in upper and lower case for one. */
function takesAnyCase(folder: string): boolean {
  const known = anyCase.get(folder) ?? tryCase(folder);
  anyCase.set(folder, known);
  return known;
}

/** Tries it on what is there. */
function tryCase(folder: string): boolean {
  let name: string | undefined;
  try {
    name = readdirSync(folder).find((entry) => swapped(entry) !== entry);
  } catch {
    // It may be written to without being read.
  }
  if (name !== undefined) return isSame(join(folder, name), join(folder, swapped(name)));
  return isSame(folder, join(dirname(folder), swapped(basename(folder))));
}

function isSame(path: string, other: string): boolean {
  return path !== other && fileAt(path) !== undefined && fileAt(path) === fileAt(other);
}

function swapped(name: string): string {
  return name.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
