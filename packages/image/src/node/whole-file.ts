import { access, constants, open, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { keep, removeAtExit } from "./at-exit.js";
import { sync } from "./sync.js";
import { removeLeftovers, temporaryFor } from "./temporary.js";
import { throughLinks } from "./through-links.js";
import { writing } from "./unwritable.js";

/** A file that is being written, and gets its name when it is complete. */
export interface WholeFile {
  /** Writes bytes, at a place in the file or after what was written last. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  /** Brings it to the disk and gives it its name, in place of what had it. */
  commit(): Promise<void>;
  /** Leaves nothing of it. Does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Writes a file under a temporary name beside it, brings it to the disk, then renames it: whatever ends the process,
 * the file is the old one or the new one. Through a link it writes what the link leads to, the permissions stay,
 * and a device or a pipe is written to as it is. What killed processes left of this file is removed.
 *
 * ```ts
 * await writeWhole("measures.csv", "image,area\n");
 * ```
 *
 * @param content bytes, text, or parts of either
 * @throws UnwritableError that names the file and the cause
 */
export async function writeWhole(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array | string>,
): Promise<void> {
  const file = await openWhole(path);
  try {
    const parts = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for (const part of parts) {
      await file.write(typeof part === "string" ? new TextEncoder().encode(part) : part);
    }
    await file.commit();
  } finally {
    await file.discard();
  }
}

/**
 * Begins a file that is written part by part, as {@link writeWhole} does it.
 *
 * @throws UnwritableError that names the file and the cause
 */
export function openWhole(path: string): Promise<WholeFile> {
  return writing(path, async () => {
    const target = await throughLinks(path);
    const present = await stat(target).catch(unlessAbsent);
    // A folder can't be opened, a device can't be replaced.
    const replaced = !present || present.isFile();
    if (present) await access(target, constants.W_OK);
    if (replaced) await removeLeftovers(target);
    const temporary = resolve(replaced ? temporaryFor(target) : target);
    const file = await open(temporary, replaced ? "wx" : "w");
    if (replaced) removeAtExit(temporary);
    let ended = false;
    const close = async () => {
      ended = true;
      await file.close();
    };
    return {
      write: (bytes, position) =>
        writing(path, async () => {
          let at = 0;
          while (at < bytes.length) {
            const from = position === undefined ? null : position + at;
            at += (await file.write(bytes, at, bytes.length - at, from)).bytesWritten;
          }
        }),
      commit: () =>
        writing(path, async () => {
          if (!replaced) return close();
          // Some file systems have no permissions.
          if (present) await file.chmod(present.mode & 0o777).catch(() => {});
          await sync(file);
          await close();
          try {
            await rename(temporary, target);
          } catch (error) {
            await rm(temporary, { force: true });
            throw error;
          } finally {
            keep(temporary);
          }
        }),
      async discard() {
        if (ended) return;
        await close();
        if (keep(temporary)) await rm(temporary, { force: true });
      },
    };
  });
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
