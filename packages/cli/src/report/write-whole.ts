import { rename, writeFile } from "node:fs/promises";

/** Writes a file that appears whole or not at all. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}
