import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasEnded, thisProcess } from "./owner.js";

/** The longest name that file systems take, bytes. */
const LONGEST = 255;

const pattern = /^(.*)(\.unet-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.tmp)$/s;

/**
 * A name beside `path` for what is not whole yet: `NAME.unet-HOST-PID-START-RANDOM.tmp`. No other process and no
 * other call gives the same, and {@link removeLeftovers} knows by it whether its process still runs.
 */
export function temporaryFor(path: string): string {
  const { host, pid, start } = thisProcess();
  const suffix = `.unet-${host}-${pid}-${start}-${crypto.randomUUID().slice(0, 8)}.tmp`;
  return join(dirname(path), `${shortened(basename(path), LONGEST - suffix.length)}${suffix}`);
}

/**
 * Removes what ended processes, killed while they wrote to `path`, left beside it. Names that aren't ours stay, and
 * those of processes that run, or ran on another machine.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const name = basename(path);
  for (const left of await leftoversIn(dirname(path))) {
    if (left.name !== shortened(name, LONGEST - left.suffix.length)) continue;
    await rm(left.path, { recursive: true, force: true });
  }
}

/** What ended processes left in a folder, with the names that it would have got. */
export async function leftoversIn(
  folder: string,
): Promise<Array<{ path: string; name: string; suffix: string }>> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((entry) => {
    const match = pattern.exec(entry);
    if (!match) return [];
    const [, name, suffix, host, pid, start] = match;
    const ended = hasEnded({ host, pid: Number(pid), start: Number(start) });
    return ended ? [{ path: join(folder, entry), name, suffix }] : [];
  });
}

/** A name of at most so many bytes. */
function shortened(name: string, bytes: number): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join("")) > bytes) characters.pop();
  return characters.join("");
}
