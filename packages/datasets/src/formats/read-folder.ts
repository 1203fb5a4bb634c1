import {
  chosenAlong,
  type DecodeOptions,
  type Image,
  type ImageFile,
  type LabelKind,
  openImages,
  type PlaneChoice,
  type Sample,
  toChannels,
  UnreadableImageError,
} from "@unet/image";
import { assertIndex, type Dataset } from "../dataset.js";
import { DatasetError } from "../errors.js";
import type { Folder } from "../files/folder.js";
import { openFolder } from "../files/open-folder.js";
import { type MaskOptions, maskIn } from "../masks/mask.js";
import { readObjectMasks } from "../masks/object-masks.js";
import { onceEach } from "../once-each.js";
import { findPairs, type LayoutOptions, type Pair } from "./folder-layout.js";

/** What {@link readFolder} is told. */
export interface FolderOptions extends LayoutOptions, MaskOptions, PlaneChoice, DecodeOptions {
  /**
   * What the numbers in a mask are; default `"classes"`, and `"instances"` for one mask file per object, whose union is
   * class 1 of `"classes"`.
   */
  kind?: LabelKind;
  /** `"grey"`: images in colour become grey, see `toChannels`. */
  channels?: "grey";
}

/**
 * A folder of images and masks, matched by name without extension (`images/a.tif` with `masks/a.png`), or
 * as in the Data Science Bowl 2018 one folder an image, whose masks each show one object
 * (`ID/images/ID.png`, `ID/masks/*.png`). Either may lie deeper in the folder. Images are PNG, TIFF or JPEG, masks PNG
 * or TIFF; of a stack each page is a sample, `images/s.tif[0]`, with the same page of its mask.
 *
 * A mask holds the label of each pixel, see {@link readMask}. What has no partner and what is no picture is left out,
 * and `onNotice` is told so in one line with counts; what else it is told of many files, it is told once.
 *
 * ```ts
 * const cells = await readFolder("cells", { kind: "instances", maskSuffix: "_mask", onNotice: console.warn });
 * const { image, labels } = await cells.get(0);
 * ```
 *
 * @param folder path (Node), or a {@link Folder}
 * @throws DatasetError if no image has a mask, or several could be meant; on reading, if the sizes of the two differ or
 *   a mask holds what it may not, naming file, value and pixel
 */
export async function readFolder(folder: string | Folder, options: FolderOptions = {}): Promise<Dataset> {
  const files = await openFolder(folder);
  const decode = onceEach(options);
  const { pairs, leftOut } = findPairs(files.path, await files.list(), options);
  if (leftOut) options.onNotice?.(leftOut);
  const samples: FolderSample[] = [];
  for (const pair of pairs) samples.push(...(await samplesOf(files, pair, { ...options, ...decode })));
  return {
    length: samples.length,
    names: samples.map(({ name }) => name),
    async get(index) {
      assertIndex(index, samples.length, "readFolder");
      const sample = samples[index];
      const { name } = sample;
      const image = await imageOf(files, sample, { ...options, ...decode });
      const { labels, kind } = await labelsOf(files, sample, image, { ...options, ...decode });
      if (image.width === labels.width && image.height === labels.height)
        return { name, image, labels, kind };
      throw new DatasetError(
        `${files.path}/${name} is ${image.width} × ${image.height} px, but its mask is ${labels.width} × ${labels.height}`,
      );
    },
  };
}

/** A plane of an image with what annotates it. */
interface FolderSample {
  name: string;
  pair: Pair;
  /** Which plane of how many, in the whole file. */
  page: number;
  pages: number;
  /** How the planes of the whole file lie in depth and time. */
  stack: { slices: number; frames: number };
  /** Which of how many, of those that are chosen. */
  position: number;
  chosen: number;
}

/** The planes of an image; of one that can't be read, one, and reading it says why. */
async function samplesOf(files: Folder, pair: Pair, options: FolderOptions): Promise<FolderSample[]> {
  const { image } = pair;
  const stack = { slices: 1, frames: 1 };
  const one = { name: image, pair, page: 0, pages: 1, stack, position: 0, chosen: 1 };
  if (!/\.tiff?$/i.test(image) && options.z === undefined && options.t === undefined) return [one];
  const size = await withFile(files, image, options, async ({ slices, frames }) => ({
    slices,
    frames,
  })).catch((error) => {
    if (error instanceof UnreadableImageError) return stack;
    throw error;
  });
  const along = (axis: "z" | "t", count: number) =>
    chosenAlong(axis, options, count, `${files.path}/${image}`);
  const planes = along("t", size.frames).flatMap((t) =>
    along("z", size.slices).map((z) => t * size.slices + z),
  );
  const pages = size.slices * size.frames;
  return planes.map((page, position) => ({
    ...{
      name: pages === 1 ? image : `${image}[${page}]`,
      pair,
      page,
      pages,
      stack: size,
      position,
      chosen: planes.length,
    },
  }));
}

async function imageOf(files: Folder, { pair, page }: FolderSample, options: FolderOptions): Promise<Image> {
  const image = await withFile(files, pair.image, options, (file) => file.image(page));
  const { channels, onNotice } = options;
  return channels ? toChannels(image, 1, { channels, onNotice, name: `${files.path}/${pair.image}` }) : image;
}

async function labelsOf(
  files: Folder,
  { pair, page, pages, stack, position, chosen }: FolderSample,
  image: Image,
  options: FolderOptions,
): Promise<Pick<Sample, "labels" | "kind">> {
  const { maxPixels, onNotice } = options;
  if (pair.perObject) {
    const labels = await readObjectMasks(files, pair.masks, image, { maxPixels, onNotice });
    if (options.kind !== "classes") return { labels, kind: "instances" };
    return { labels: { ...labels, data: labels.data.map((label) => Math.min(label, 1)) }, kind: "classes" };
  }
  const [mask] = pair.masks;
  const kind = options.kind ?? "classes";
  const name = `${files.path}/${mask}`;
  return withFile(files, mask, { maxPixels, onNotice }, async (file) => {
    if (file.length !== pages && file.length !== chosen) {
      throw new DatasetError(
        `${name} has ${counted(file.length)}, but its image ${pair.image} has ${counted(pages)}; each needs its own`,
      );
    }
    if (file.length === pages && isGrid(file) && isGrid(stack) && file.slices !== stack.slices) {
      throw new DatasetError(
        `${name} has ${laid(file)}, but its image ${pair.image} ${laid(stack)}; each plane needs its own`,
      );
    }
    return {
      kind,
      labels: await maskIn(file, file.length === pages ? page : position, name, { ...options, kind }),
    };
  });
}

const counted = (pages: number) => `${pages} page${pages === 1 ? "" : "s"}`;

type Stack = FolderSample["stack"];

/** Whether planes lie in depth and in time; in one of them any order is as good. */
const isGrid = ({ slices, frames }: Stack) => slices > 1 && frames > 1;

const laid = ({ slices, frames }: Stack) => `${slices} slices in ${frames} frames`;

/** Does something with an opened file, and closes it. */
async function withFile<Result>(
  files: Folder,
  name: string,
  { maxPixels, onNotice, channel }: FolderOptions,
  use: (file: ImageFile) => Promise<Result>,
): Promise<Result> {
  const file = await openImages(await files.read(name), { maxPixels, onNotice, channel });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
