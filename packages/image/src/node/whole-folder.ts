import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { keep, removeAtExit } from "./at-exit.js";
import { sync } from "./sync.js";
import { leftoversIn, removeLeftovers, temporaryFor } from "./temporary.js";
import { throughLinks } from "./through-links.js";
import { UnwritableError, writing } from "./unwritable.js";

/**
 * Makes a folder that is whole or not there: `fill` writes into one of a temporary name, which is brought to the
 * disk and renamed. A folder that exists must be empty; it stays, and gets its contents when they are whole.
 * What killed processes left of this folder is removed.
 *
 * @param fill gets the folder to write into
 * @throws UnwritableError where the folder holds something, or can't be made
 */
export async function writeFolder<T>(path: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const { target, exists } = await writing(path, () => placeFor(path));
  const temporary = resolve(temporaryFor(exists ? join(target, "contents") : target));
  removeAtExit(temporary);
  try {
    await writing(path, () => mkdir(temporary, { recursive: true }));
    const result = await fill(temporary);
    await writing(path, async () => {
      await flushFolder(temporary);
      if (exists) await moveUp(temporary);
      else await rename(temporary, target);
    });
    return result;
  } finally {
    keep(temporary);
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Where the folder is to be, and whether there is one, which is empty but for what killed processes left. */
async function placeFor(path: string): Promise<{ target: string; exists: boolean }> {
  const target = await throughLinks(path);
  await removeLeftovers(target);
  const names = await readdir(target).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code === "ENOTDIR") throw new UnwritableError(path, new Error("it is a file; name a folder"));
    throw error;
  });
  const left = names ? await leftoversIn(target) : [];
  if (names && names.length > left.length) {
    throw new UnwritableError(path, new Error("the folder holds something; name a new or an empty one"));
  }
  for (const leftover of left) await rm(leftover.path, { recursive: true, force: true });
  return { target, exists: names !== undefined };
}

async function moveUp(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rename(join(folder, name), join(dirname(folder), name));
}

/**
 * Brings all that a folder holds to the disk, so that it is there after the power fails, and removes what killed
 * processes left in it.
 *
 * @param files whether the files are still to be brought there, and not their names alone. Default true
 */
export async function flushFolder(path: string, { files = true } = {}): Promise<void> {
  for (const left of await leftoversIn(path)) await rm(left.path, { recursive: true, force: true });
  const folders: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) folders.push(inner);
    else if (files && entry.isFile()) await flush(inner);
  }
  // A file system brings names of several folders to the disk at once.
  await Promise.all(folders.map((folder) => flushFolder(folder, { files })));
  // Windows can't open a folder, and needs not.
  if (process.platform !== "win32") await flush(path);
}

async function flush(path: string): Promise<void> {
  // Windows flushes only what may be written.
  const file = await open(path, process.platform === "win32" ? "r+" : "r");
  try {
    await sync(file);
  } finally {
    await file.close();
  }
}
