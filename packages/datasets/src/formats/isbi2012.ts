import {
  type DecodeOptions,
  IGNORE,
  type ImageSource,
  type LabelImage,
  readImage,
  readLabelStack,
  readStack,
} from "@unet/image";
import { assertIndex, type Dataset } from "../dataset.js";
import { DatasetError } from "../errors.js";
import { type Folder, naturalOrder } from "../files/folder.js";
import { openFolder } from "../files/open-folder.js";
import { onceEach } from "../once-each.js";

const VOLUME = "train-volume.tif";
const LABELS = "train-labels.tif";
const TEST = "test-volume.tif";

/** Folders of images and labels, where the stacks were taken apart. */
const SLICE_FOLDERS = [
  ["train-volume", "train-labels"],
  ["train/image", "train/label"],
  ["train/images", "train/labels"],
  ["images", "labels"],
] as const;

/** What {@link readIsbi2012} is told. */
export interface Isbi2012Options extends DecodeOptions {
  /** `"test"` is `test-volume.tif`, whose truth was never published: every pixel is ignored. Default `"train"`. */
  part?: "train" | "test";
}

/**
 * The training stack of the ISBI 2012 challenge (segmentation of neuronal structures in electron
 * microscopy): `train-volume.tif` with `train-labels.tif`, where 255 is inside a cell, class 1, and 0
 * membrane, class 0. A sample is a slice, `train-volume.tif[3]`. Slices of the volume are read when they are
 * asked for; the labels are read and checked at once.
 *
 * Stacks that were taken apart are read too: a PNG or TIFF a slice in `train-volume/` and `train-labels/`,
 * `train/image/` and `train/label/` or `images/` and `labels/`, which belong together by the numbers at the
 * ends of their names.
 *
 * @param folder path (Node), or a {@link Folder}
 * @throws DatasetError that names the missing file, or the file, slice and value of a label that is neither
 */
export async function readIsbi2012(
  folder: string | Folder,
  { part = "train", ...options }: Isbi2012Options = {},
): Promise<Dataset> {
  const files = await openFolder(folder);
  const list = await files.list();
  const decode = onceEach(options);
  const stacked = list.includes(VOLUME) || list.includes(LABELS);
  const slices =
    part === "test"
      ? await openTest(files, list, decode)
      : stacked
        ? await openStacks(files, list, decode)
        : pairSlices(files, list, decode);
  return {
    length: slices.length,
    names: slices.map(({ name }) => name),
    sequential: true,
    async get(index) {
      assertIndex(index, slices.length, "readIsbi2012");
      const { name, page, file, labels: classes } = slices[index];
      const image = await readImage(await file(), { ...decode, page });
      const { width, height, data } = await classes();
      if (image.width !== width || image.height !== height) {
        throw new DatasetError(
          `${files.path}/${name} is ${image.width} × ${image.height} px, but its labels are ${width} × ${height}`,
        );
      }
      return { name, image, labels: { width, height, data: Int32Array.from(data) }, kind: "classes" };
    },
  };
}

/** Where a slice is, and its classes. */
interface Slice {
  name: string;
  page: number;
  file(): Promise<ImageSource>;
  labels(): Promise<Classes>;
}

/** Classes in a byte each, because a stack of them is kept. */
interface Classes {
  width: number;
  height: number;
  data: Int8Array;
}

async function openStacks(files: Folder, list: string[], decode: DecodeOptions): Promise<Slice[]> {
  for (const file of [VOLUME, LABELS]) {
    if (list.includes(file)) continue;
    throw new DatasetError(
      `${files.path} has no ${file}: expected ${VOLUME} and ${LABELS} of the ISBI 2012 challenge`,
    );
  }
  const stack = await readLabelStack(await files.read(LABELS), decode);
  const slices = stack.map((labels, slice) => toClasses(labels, `${files.path}/${LABELS}, slice ${slice}`));
  const volume = await files.read(VOLUME);
  return slices.map((classes, page) => ({
    name: `${VOLUME}[${page}]`,
    page,
    file: async () => volume,
    labels: async () => classes,
  }));
}

async function openTest(files: Folder, list: string[], decode: DecodeOptions): Promise<Slice[]> {
  if (!list.includes(TEST)) throw new DatasetError(`${files.path} has no ${TEST} of the ISBI 2012 challenge`);
  const volume = await files.read(TEST);
  return (await readStack(volume, decode)).map(({ width, height }, page) => ({
    name: `${TEST}[${page}]`,
    page,
    file: async () => volume,
    labels: async () => ({ width, height, data: new Int8Array(width * height).fill(IGNORE) }),
  }));
}

/** The slices of a folder of images and one of labels. */
function pairSlices(files: Folder, list: string[], decode: DecodeOptions): Slice[] {
  const found = SLICE_FOLDERS.map((folders) => folders.map((name) => numbered(files, list, name)));
  const pair = found.find(([images, labels]) => images.size > 0 && labels.size > 0);
  if (!pair) {
    const folders = SLICE_FOLDERS.map(([images, labels]) => `${images}/ and ${labels}/`).join(", ");
    throw new DatasetError(
      `${files.path} has no ISBI 2012 data: expected ${VOLUME} and ${LABELS}, or their slices in ${folders}`,
    );
  }
  const [images, labels] = pair;
  return [...images].map(([number, image]) => {
    const mask = labels.get(number);
    if (!mask) throw new DatasetError(`${files.path}/${image} has no labels of the same number`);
    return {
      name: image,
      page: 0,
      file: () => files.read(image),
      async labels() {
        const [read] = await readLabelStack(await files.read(mask), decode);
        return toClasses(read, `${files.path}/${mask}`);
      },
    };
  });
}

/** The pictures of a folder by the number at the end of their names. */
function numbered(files: Folder, list: string[], folder: string): Map<number, string> {
  const slices = new Map<number, string>();
  for (const path of naturalOrder(list.filter((path) => path.startsWith(`${folder}/`)))) {
    const number = Number(
      /^[^/]*?(\d+)\.(?:png|tiff?)$/i.exec(path.slice(folder.length + 1))?.[1] ?? Number.NaN,
    );
    if (Number.isNaN(number)) continue;
    const twin = slices.get(number);
    if (twin) throw new DatasetError(`${files.path} has two slices ${number}: ${twin} and ${path}`);
    slices.set(number, path);
  }
  return slices;
}

function toClasses({ width, height, data }: LabelImage, where: string): Classes {
  const classes = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 255) classes[i] = 1;
    else if (data[i] !== 0) {
      throw new DatasetError(
        `${where}, holds ${data[i]} at x = ${i % width}, y = ${Math.floor(i / width)}: expected 255 inside cells and 0 on membranes`,
      );
    }
  }
  return { width, height, data: classes };
}
