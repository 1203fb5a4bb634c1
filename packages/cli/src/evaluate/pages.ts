import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { onceEach } from "@unet/datasets";
import {
  chosenAlong,
  type DecodeOptions,
  type ImageFile,
  openImages,
  type PlaneChoice,
  UnreadableImageError,
} from "@unet/image";
import { tell } from "../usage/command.js";

/** The pages of a stack, or of the files of a folder in the order of their names. */
export interface Pages {
  names: string[];
  /** Of one file: how its pages lie in depth and time. */
  stack?: { slices: number; frames: number };
  /** Tells the person, once for all files. */
  onNotice: DecodeOptions["onNotice"];
  /** Opens the file of a page and does something with it; of a folder, one file is open at a time. */
  with<Result>(index: number, use: (file: ImageFile, page: number) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** How pages are opened, and which of them. */
export type PagesOptions = PlaneChoice & Pick<DecodeOptions, "maxPixels">;

/**
 * Opens a PNG or TIFF, or a folder of them, whose other images are left out, which is said. A file that has but one
 * plane along an axis, or as many as are chosen along it, has been chosen from already and is taken as it is.
 */
export async function openPages(path: string, options: PagesOptions = {}): Promise<Pages> {
  const { onNotice } = onceEach({ onNotice: tell });
  const open = (file: string) => openFile(file, { ...options, onNotice });
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const file = await open(path);
    try {
      const { pages, ...stack } = chosenPages(file, options, onNotice);
      return {
        names: pages.map((page) => `${path}[${page}]`),
        stack,
        onNotice,
        with: (index, use) => use(file, pages[index]),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }
  const all: Array<{ name: string; path: string; page: number }> = [];
  for (const name of await filesIn(path)) {
    const file = join(path, name);
    const pages = /\.png$/i.test(name)
      ? [0]
      : await pagesIn(await open(file).catch(asOne), options, onNotice);
    const one = pages.length === 1 && pages[0] === 0;
    all.push(...pages.map((page) => ({ name: one ? name : `${name}[${page}]`, path: file, page })));
  }
  return {
    names: all.map(({ name }) => name),
    onNotice,
    async with(index, use) {
      const { path, page } = all[index];
      const file = await open(path);
      try {
        return await use(file, page);
      } finally {
        await file.close();
      }
    },
    close: async () => {},
  };
}

/** The PNG and TIFF files of a folder. */
async function filesIn(path: string): Promise<string[]> {
  const files = (await readdir(path)).filter((name) => !name.startsWith("."));
  const names = files
    .filter((name) => /\.(png|tiff?)$/i.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) throw new Error(`${path} has no PNG or TIFF files`);
  // A folder of results also holds tables of tracks and objects.
  const others = files.filter((name) => !names.includes(name) && !/\.(txt|csv|json|geojson)$/i.test(name));
  if (others.length > 0) tell(`${path}: left out ${others.length} that are no PNG or TIFF (${others[0]}, …)`);
  return names;
}

/** Opens a file; of several channels those that are chosen, as labels have one and choose for their images. */
async function openFile(path: string, options: PagesOptions & DecodeOptions): Promise<ImageFile> {
  const { channel, maxPixels, onNotice } = options;
  const file = await openImages(path, { maxPixels, onNotice });
  if (channel === undefined) return file;
  try {
    if ((await file.open(0)).channels === 1) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return openImages(path, { maxPixels, onNotice, channel });
}

/** A file that can't be read counts as one page; reading that page throws the reason. */
function asOne(error: unknown): undefined {
  if (!(error instanceof UnreadableImageError)) throw error;
}

async function pagesIn(
  file: ImageFile | undefined,
  choice: PlaneChoice,
  onNotice: DecodeOptions["onNotice"],
): Promise<number[]> {
  if (!file) return [0];
  try {
    return chosenPages(file, choice, onNotice).pages;
  } finally {
    await file.close();
  }
}

function chosenPages(file: ImageFile, choice: PlaneChoice, onNotice: DecodeOptions["onNotice"]) {
  const along = (axis: "z" | "t", size: number): number[] => {
    const count = choice[axis] === undefined ? size : [choice[axis]].flat().length;
    if (size !== 1 && size !== count) return chosenAlong(axis, choice, size, file.name);
    const all = Array.from({ length: size }, (_, number) => number);
    if (String(choice[axis] ?? all) !== String(all)) {
      const its = size === 1 ? "its one plane" : `its ${size} planes`;
      onNotice?.(`${file.name}: ${its} along ${axis} ${size === 1 ? "is" : "are"} taken as the chosen`);
    }
    return all;
  };
  const [z, t] = [along("z", file.slices), along("t", file.frames)];
  const pages = t.flatMap((frame) => z.map((slice) => frame * file.slices + slice));
  return { pages, slices: z.length, frames: t.length };
}

/**
 * The keys by which images are matched: the names of their files without folder, extension and suffix, in Unicode's composed
 * form; of a file with several images also which of them each is.
 */
export function stemsOf(names: readonly string[], suffix = ""): string[] {
  const fileOf = (name: string) => name.replace(/\[\d+\]$/, "");
  const counts = new Map<string, number>();
  const positions = names.map(fileOf).map((file) => {
    const position = counts.get(file) ?? 0;
    counts.set(file, position + 1);
    return position;
  });
  const end = suffix.normalize("NFC");
  return names.map(fileOf).map((file, i) => {
    const whole = basename(file)
      .replace(/(\.ome)?\.\w+$/i, "")
      .normalize("NFC");
    const stem = end && whole.endsWith(end) ? whole.slice(0, -end.length) : whole;
    return counts.get(file) === 1 ? stem : `${stem}[${positions[i]}]`;
  });
}
