import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { onceEach } from "@unet/datasets";
import { type DecodeOptions, type ImageFile, openImages } from "@unet/image";
import { tell } from "../command.js";

/** The pages of a stack, or the images of a folder in the order of their names. */
export interface Pages {
  names: string[];
  /** Tells the person, once for all files. */
  onNotice: DecodeOptions["onNotice"];
  /** Opens the file of a page and does something with it; of a folder, one file is open at a time. */
  with<Result>(index: number, use: (file: ImageFile, page: number) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Opens a PNG or TIFF, or a folder of them, whose other images are left out, which is said. */
export async function openPages(path: string): Promise<Pages> {
  const { onNotice } = onceEach({ onNotice: tell });
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const file = await openImages(path, { onNotice });
    const names = Array.from({ length: file.length }, (_, page) => `${path}[${page}]`);
    return { names, onNotice, with: (index, use) => use(file, index), close: () => file.close() };
  }
  const files = (await readdir(path)).filter((name) => !name.startsWith("."));
  const names = files
    .filter((name) => /\.(png|tiff?)$/i.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) throw new Error(`${path} has no PNG or TIFF files`);
  // A folder of results has tables of tracks and objects too.
  const others = files.filter((name) => !names.includes(name) && !/\.(txt|csv|json|geojson)$/i.test(name));
  if (others.length > 0) tell(`${path}: left out ${others.length} that are no PNG or TIFF (${others[0]}, …)`);
  return {
    names,
    onNotice,
    async with(index, use) {
      const file = await openImages(join(path, names[index]), { onNotice });
      try {
        if (file.length === 1) return await use(file, 0);
        throw new Error(`${file.name} has ${file.length} pages; in a folder each file has one`);
      } finally {
        await file.close();
      }
    },
    close: async () => {},
  };
}

/** The name of a file without its folder and extension, however its accents are composed. */
export function stemOf(name: string): string {
  return basename(name)
    .replace(/(\.ome)?\.\w+(\[\d+\])?$/i, "")
    .normalize("NFC");
}
