import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { leftoversIn, lock, removeLeftovers, temporaryFor } from "@unet/image/node";
import type { RunIdentity } from "@unet/inference/zarr";
import { runOf } from "./finished.js";
import { shortened } from "./identity.js";

/**
 * Where scores are kept that are no result themselves, beside one that is: `cells.tif.scores-1a2b3c4d`. The digits are of
 * what the scores depend on, so that the same command finds them again.
 */
export function scoresFolder(beside: string, run: RunIdentity): string {
  return `${beside}.scores-${shortened(run)}`;
}

/** The lock of such a folder, which one process writes at a time. */
export function lockOf(folder: string): string {
  return `${folder}.lock`;
}

/** Removes such a folder; if killed meanwhile, it has no name any more that a later run would take scores from. */
export async function removeScores(folder: string): Promise<void> {
  const dead = temporaryFor(folder);
  await rename(folder, dead);
  await rm(dead, { recursive: true, force: true });
}

/**
 * Removes what other runs that were interrupted left beside a result, now that it is there: nobody goes on with them.
 * What a process uses that runs stays, and whatever isn't ours.
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
    // Of a process that runs.
    const release = await lock(lockOf(folder), { what: folder }).catch(() => undefined);
    if (!release) continue;
    try {
      if (await isDead(folder)) await removeScores(folder);
    } finally {
      await release();
    }
  }
}

/** Whether a folder holds what its name says, or only what a process left that was killed when it began. */
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
