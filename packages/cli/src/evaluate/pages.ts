import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The pages of a stack, or the images of a folder in the order of their names. */
export interface Pages<Page> {
  names: string[];
  /** A folder's files are read when they are asked for. */
  get(index: number): Promise<Page>;
}

/**
 * Opens a PNG or TIFF, or a folder of them.
 *
 * @param read what reads all pages of a file
 */
export async function openPages<Page>(
  path: string,
  read: (file: string) => Promise<Page[]>,
): Promise<Pages<Page>> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const pages = await read(path);
    return { names: pages.map((_, page) => `${path}[${page}]`), get: async (index) => pages[index] };
  }
  const names = (await readdir(path))
    .filter((name) => /^[^.].*\.(png|tiff?)$/i.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) throw new Error(`${path} has no PNG or TIFF files`);
  return {
    names,
    async get(index) {
      const pages = await read(join(path, names[index]));
      if (pages.length === 1) return pages[0];
      throw new Error(`${join(path, names[index])} has ${pages.length} pages; in a folder each file has one`);
    },
  };
}
