import { type DecodeOptions, type Image, type LabelImage, readImage, type Sample } from "@unet/image";
import { assertIndex, type Dataset } from "./dataset.js";
import { DatasetError } from "./errors.js";
import { type Folder, naturalOrder } from "./folder.js";
import { type ColourTable, readMask } from "./mask.js";
import { readObjectMasks } from "./object-masks.js";
import { onceEach } from "./once-each.js";
import { openFolder } from "./open-folder.js";

/** What {@link readFolder} is told. */
export interface FolderOptions extends DecodeOptions {
  /** Name of the subfolder of the images; default `"images"`. */
  images?: string;
  /** Name of the subfolder of the masks; default `"masks"` or `"labels"`, whichever there is. */
  masks?: string;
  /** What the numbers in a mask are; default `"classes"`, and `"instances"` for one mask file per object. */
  kind?: Sample["kind"];
  /** How many classes there are; then a mask with a larger number is an error. */
  classes?: number;
  /** What each colour or grey value of a mask means, such as `{ "#ff0000": 1, "#000000": 0 }`. */
  colours?: ColourTable;
}

/**
 * A folder of images and masks, matched by name without extension (`images/a.tif` with `masks/a.png`), or
 * as in the Data Science Bowl 2018 one folder an image, whose masks each show one object
 * (`ID/images/ID.png`, `ID/masks/*.png`). Either may lie deeper in the folder.
 *
 * A mask holds the label of each pixel: grey values, or the indices of a palette. A class mask of only 0 and
 * 255 is one of 0 and 1. A mask in RGB needs `colours`.
 *
 * @param folder path (Node), or a {@link Folder}
 * @throws DatasetError if images or masks are missing; on reading, if the sizes of the two differ or a mask
 *   holds what it may not, naming file, value and pixel
 */
export async function readFolder(folder: string | Folder, options: FolderOptions = {}): Promise<Dataset> {
  const files = await openFolder(folder);
  const decode = onceEach(options);
  const pairs = findPairs(files.path, await files.list(), options);
  return {
    length: pairs.length,
    names: pairs.map((pair) => pair.image),
    async get(index) {
      assertIndex(index, pairs.length, "readFolder");
      const { image: name, masks, perObject } = pairs[index];
      const image = await readImage(await files.read(name), decode);
      const kind = perObject ? "instances" : (options.kind ?? "classes");
      const labels = perObject
        ? await readObjectMasks(files, masks, image, decode)
        : await readMask(files, masks[0], { ...options, ...decode, kind });
      assertSameSize(files, name, image, labels);
      return { name, image, labels, kind };
    },
  };
}

interface Pair {
  image: string;
  masks: string[];
  perObject: boolean;
}

/** Matches images with masks, one parent folder of an images and a masks folder after the other. */
function findPairs(path: string, list: string[], options: FolderOptions): Pair[] {
  const { images = "images", masks } = options;
  const maskFolders = masks ? [masks] : ["masks", "labels"];
  const pairs: Pair[] = [];
  const pictures = new Map<string, string[]>();
  for (const file of naturalOrder(list.filter(isPicture))) {
    const siblings = pictures.get(folderOf(file));
    if (siblings) siblings.push(file);
    else pictures.set(folderOf(file), [file]);
  }
  for (const [folder, imageFiles] of pictures) {
    if (folder !== images && !folder.endsWith(`/${images}`)) continue;
    const parent = folder.slice(0, folder.length - images.length);
    const maskFiles = maskFolders.map((name) => pictures.get(parent + name)).find((found) => found) ?? [];
    const byStem = new Map(maskFiles.map((file) => [stemOf(file), file]));
    const perObject = imageFiles.length === 1 && maskFiles.length > 0 && !byStem.has(stemOf(imageFiles[0]));
    for (const image of imageFiles) {
      const mask = byStem.get(stemOf(image));
      if (!mask && !perObject) {
        throw new DatasetError(
          `${path}/${image} has no mask: expected ${maskFolders.map((name) => `${parent}${name}/${stemOf(image)}.png`).join(" or ")} (or .tif)`,
        );
      }
      pairs.push({ image, masks: perObject ? maskFiles : [mask as string], perObject });
    }
  }
  if (pairs.length === 0) {
    throw new DatasetError(
      `${path} has no images with masks: expected PNG or TIFF files in ${images}/ and of the same names in ${maskFolders.join("/ or ")}/`,
    );
  }
  return pairs;
}

function isPicture(file: string): boolean {
  return /\.(png|tiff?)$/i.test(file) && !/(^|\/)\./.test(file);
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(file.lastIndexOf("/"), 0));
}

function stemOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1, file.lastIndexOf("."));
}

function assertSameSize(files: Folder, name: string, image: Image, labels: LabelImage): void {
  if (image.width === labels.width && image.height === labels.height) return;
  throw new DatasetError(
    `${files.path}/${name} is ${image.width} × ${image.height} px, but its mask is ${labels.width} × ${labels.height}`,
  );
}
