import type { FileHandle } from "node:fs/promises";

/** Brings a file or a folder to the disk, where the file system knows how. */
export async function sync(file: FileHandle): Promise<void> {
  await file.sync().catch((error) => {
    // Some network file systems can't.
    if (!["EINVAL", "ENOTSUP"].includes(error.code)) throw error;
  });
}
