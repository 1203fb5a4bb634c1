import { open } from "node:fs/promises";

/** Most bytes of a text file that are read: a table of a million tracks has less. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Reads a text file, or what a pipe gives, as UTF-8.
 *
 * @throws Error where there is more than `most` bytes of it; no more are read
 */
export async function readText(path: string, most = MOST_BYTES): Promise<string> {
  const file = await open(path, "r");
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of file.createReadStream({ end: most, autoClose: false })) {
      size += part.length;
      if (size > most) throw new Error(`${path} has more than ${most} bytes, too many for such a file`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString("utf8");
  } finally {
    await file.close();
  }
}
