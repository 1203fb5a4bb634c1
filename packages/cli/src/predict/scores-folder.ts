import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { leftoversIn, lock, removeLeftovers, temporaryFor } from "@unet/image/node";
import type { RunIdentity } from "@unet/inference/zarr";
import { runOf } from "./finished.js";
import { shortened } from "./identity.js";

/**
 * The folder for temporary scores, beside the result that is made from them: `cells.tif.scores-1a2b3c4d`. The digits are a hash
 * of what the scores depend on, so that the same command finds them again.
 */
export function scoresFolder(beside: string, run: RunIdentity): string {
  return `${beside}.scores-${shortened(run)}`;
}

/** The lock of such a folder, which one process writes at a time. */
export function lockOf(folder: string): string {
  return `${folder}.lock`;
}

/** Removes such a folder, after renaming it, so that no later run takes scores from a folder that is half removed. */
export async function removeScores(folder: string): Promise<void> {
  const dead = temporaryFor(folder);
  await rename(folder, dead);
  await rm(dead, { recursive: true, force: true });
}

/**
 * Removes the temporary scores that other interrupted runs left beside a result that is now complete. Folders that a running
 * process uses stay, and so do files that are not ours.
 */
export async function removeDeadScores(beside: string): Promise<void> {
  const names = await readdir(dirname(beside)).catch(() => []);
  const prefix = `${basename(beside)}.scores-`;
  const ours = names.filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f]{8}\b/.test(name.slice(prefix.length)),
  );
  const folders = new Set(ours.map((name) => join(dirname(beside), name.slice(0, prefix.length + 8))));
  for (const folder of folders) {
    for (const path of [folder, lockOf(folder)]) await removeLeftovers(path);
    // A running process uses it.
    const release = await lock(lockOf(folder), { what: folder }).catch(() => undefined);
    if (!release) continue;
    try {
      if (await isDead(folder)) await removeScores(folder);
    } finally {
      await release();
    }
  }
}

/** Whether a folder holds temporary scores, or only what a process left that was killed as it began. */
async function isDead(folder: string): Promise<boolean> {
  const run = runOf(folder);
  if (run !== undefined) return folder.endsWith(shortened(run as RunIdentity));
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const array = join(folder, "0");
  const began = [array, join(array, "zarr.json"), ...(await leftovers(folder)), ...(await leftovers(array))];
  return names.length > 0 && names.every((name) => began.includes(join(folder, name)));
}

async function leftovers(folder: string): Promise<string[]> {
  return (await leftoversIn(folder)).map(({ path }) => path);
}
