import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { keep, removeAtExit } from "./at-exit.js";
import { hasEnded, type Owner, thisProcess } from "./owner.js";
import { removeLeftovers, temporaryFor } from "./temporary.js";
import { writing } from "./unwritable.js";

/** Options of {@link lock}. */
export interface LockOptions {
  /** What the lock is for, as messages call it, such as `the run runs/em`. */
  what: string;
  /** Is told in one line where the lock of an ended process is taken over. */
  onNotice?: (notice: string) => void;
}

/** What a lock file says. */
interface Held extends Owner {
  machine: string;
  since: string;
}

/**
 * Takes a lock: a file that says which process holds it, made only where there is none. That of a process which
 * has ended is taken over. A process releases its locks when it exits, unless it is killed.
 *
 * ```ts
 * const release = await lock("runs/em/unet.lock", { what: "the run runs/em" });
 * try {
 *   await work();
 * } finally {
 *   await release();
 * }
 * ```
 *
 * @returns a function that releases it
 * @throws Error that names the process and the file, where a process that runs holds it, or one on another machine,
 *   of which nothing is known
 * @throws UnwritableError where the file can't be made
 */
export function lock(file: string, { what, onNotice }: LockOptions): Promise<() => Promise<void>> {
  return writing(file, async () => {
    const path = resolve(file);
    await removeLeftovers(path);
    for (let waits = 0; !made(path); ) {
      const found = await read(path);
      // It was released between the two calls.
      if (found === undefined) continue;
      const { owner, text } = found;
      if (!owner || !hasEnded(owner) || waits > 200) throw new Error(busy(path, what, owner));
      if (removed(path, text)) {
        onNotice?.(`${what} was left by process ${owner.pid}, which has ended; it is taken over`);
      } else {
        waits++;
        await pause();
      }
    }
    removeAtExit(path);
    return async () => {
      if (keep(path)) await rm(path, { force: true });
    };
  });
}

/**
 * Creates the lock file together with its content: a file that a kill left empty would name no process, and nobody
 * could take it over. Synchronous, so that no signal handler runs in between.
 */
function made(path: string): boolean {
  const content: Held = { ...thisProcess(), machine: hostname(), since: new Date().toISOString() };
  const temporary = temporaryFor(path);
  try {
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { flag: "wx" });
    linkOrCopy(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @throws Error of code EEXIST where the name is taken */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Some file systems have no hard links.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

async function read(path: string): Promise<{ text: string; owner?: Held } | undefined> {
  // A copy is empty between its making and its writing.
  for (let tries = 0; ; tries++) {
    const text = textOf(path);
    if (text === undefined) return undefined;
    const owner = ownerIn(text);
    if (owner || tries === 20) return { text, owner };
    await pause();
  }
}

/** The owner that a lock file names; `undefined` where it names none. */
function ownerIn(text: string | undefined): Held | undefined {
  try {
    const owner: Held | null = JSON.parse(text ?? "");
    return owner !== null && Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

const pause = () => new Promise((then) => setTimeout(then, 10));

/**
 * Removes the lock of an ended process, which said `text`, and no other that has come in its place: only the holder of
 * a second lock beside it may, and nobody makes a new one while the old one is there. In one go, too.
 *
 * @returns false where another was first or is at it
 */
function removed(path: string, text: string): boolean {
  const takeover = `${path}.takeover`;
  if (!made(takeover)) {
    const owner = ownerIn(textOf(takeover));
    if (owner && hasEnded(owner)) rmSync(takeover, { force: true });
    return false;
  }
  try {
    if (textOf(path) !== text) return false;
    rmSync(path);
    return true;
  } finally {
    rmSync(takeover, { force: true });
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function busy(path: string, what: string, owner: Held | undefined): string {
  if (!owner)
    return `${what} is locked by ${path}, which says not by whom; if nothing uses it, remove that file`;
  const { pid, machine, host, since } = owner;
  if (host === thisProcess().host) {
    const who = pid === process.pid ? "this process" : `process ${pid}`;
    return `${what} is in use by ${who}, since ${since} (${path}); wait until it ends`;
  }
  return `${what} is in use by process ${pid} on ${machine}, since ${since}; if that has ended, remove ${path}`;
}
