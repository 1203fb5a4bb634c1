import { DatasetError } from "../errors.js";
import { naturalOrder } from "../files/folder.js";

/** What {@link findPairs} goes by. */
export interface LayoutOptions {
  /** Name of the folder of the images; default `"images"` or `"image"`. */
  images?: string;
  /** Name of the folder of the masks; default `"masks"`, `"mask"`, `"labels"`, `"label"` or `"annotations"`. */
  masks?: string;
  /**
   * What the name of a mask has after that of its image, such as `"_mask"`. With it images and masks may also lie in
   * one folder.
   */
  maskSuffix?: string;
}

/** An image and what annotates it. */
export interface Pair {
  image: string;
  masks: string[];
  /** Whether each mask shows one object. */
  perObject: boolean;
}

/** What was found in a folder. */
export interface Layout {
  pairs: Pair[];
  /** A line that counts what is of no use; absent where all is. */
  leftOut?: string;
}

/** Files of one side, by the name that an image and its mask share. */
type Side = Map<string, string[]>;

/** An images and a masks folder beside each other. */
interface Group {
  images: Side;
  masks: Side;
}

/**
 * Matches images with masks by their names without extension, each images folder with the masks folder beside it, at
 * any depth: `images/a.tif` with `masks/a.png`, `train/images/x/a.png` with `train/labels/x/a.tif`. Names match
 * however their accents are composed. An image alone in its images folder, whose name is also that of the folder
 * around both, is as in the Data Science Bowl 2018: every mask beside it shows one object.
 *
 * @param path what the folder is called in messages
 * @param list its files
 * @throws DatasetError where nothing matches, naming what was expected, or more than one file could be meant
 */
export function findPairs(path: string, list: string[], options: LayoutOptions): Layout {
  const visible = naturalOrder(list.filter((file) => !isHidden(file)));
  const pictures = visible.filter(isPicture);
  const groups = new Map<string, Group>();
  const elsewhere: string[] = [];
  for (const file of pictures) {
    const place = placeOf(file, options);
    if (!place) {
      elsewhere.push(file);
      continue;
    }
    let group = groups.get(place.parent);
    if (!group) {
      group = { images: new Map(), masks: new Map() };
      groups.set(place.parent, group);
    }
    const side = group[place.side];
    side.set(place.key, [...(side.get(place.key) ?? []), file]);
  }

  const pairs: Pair[] = [];
  const lonely = { images: [] as string[], masks: [] as string[] };
  for (const [parent, group] of groups) {
    const { images, masks } = group;
    const objects = masksOfObjects(path, parent, group);
    if (objects) {
      pairs.push({ image: only(path, [...images.values()][0]), masks: objects, perObject: true });
      continue;
    }
    for (const [key, files] of images) {
      const found = masks.get(key);
      if (!found) lonely.images.push(...files);
      else pairs.push({ image: only(path, files), masks: [only(path, found, files[0])], perObject: false });
    }
    for (const [key, files] of masks) if (!images.has(key)) lonely.masks.push(...files);
  }
  const strangers = visible.filter((file) => !isPicture(file));
  if (pairs.length === 0) throw nothingMatches(path, { ...lonely, elsewhere, strangers }, options);
  const order = new Map(visible.map((file, position) => [file, position]));
  pairs.sort((a, b) => order.get(a.image)! - order.get(b.image)!);

  const parts = [
    counted(lonely.images, "image", "without a mask"),
    counted(lonely.masks, "mask", "without an image"),
    counted(elsewhere, "picture", "in other folders"),
    counted(strangers, "file", "of another kind"),
    counted(list.filter(isHidden), "hidden file", ""),
  ].filter((part) => part !== undefined);
  return { pairs, ...(parts.length > 0 && { leftOut: `${path}: left out ${parts.join(", ")}` }) };
}

const imageFolders = ["images", "image"];
const maskFolders = ["masks", "mask", "labels", "label", "annotations"];

/** On which side a file is, beside which others, and by what name it is matched. */
function placeOf(file: string, { images, masks, maskSuffix }: LayoutOptions) {
  const parts = file.split("/");
  const named = (names: string[], part: string) => names.some((name) => fold(name) === fold(part));
  for (let i = parts.length - 2; i >= 0; i--) {
    const isMask = named(masks === undefined ? maskFolders : [masks], parts[i]);
    if (!isMask && !named(images === undefined ? imageFolders : [images], parts[i])) continue;
    const parent = parts
      .slice(0, i)
      .map((part) => `${part}/`)
      .join("");
    const name = nfc(stemOf(parts.slice(i + 1).join("/")));
    if (!isMask) return { parent, side: "images", key: name } as const;
    return { parent, side: "masks", key: withoutSuffix(name, maskSuffix) ?? `${name}/` } as const;
  }
  if (!maskSuffix) return undefined;
  // Images and masks in one folder are told apart by the suffix.
  const parent = `${parts.slice(0, -1).join("/")}//`;
  const name = nfc(stemOf(file));
  const key = withoutSuffix(name, maskSuffix);
  return key === undefined
    ? ({ parent, side: "images", key: name } as const)
    : ({ parent, side: "masks", key } as const);
}

/**
 * The masks of a group whose image is alone and named like the folder around it, so that each shows one object. One
 * mask whose name begins with the image's is rather its mask with a suffix.
 */
function masksOfObjects(path: string, parent: string, { images, masks }: Group): string[] | undefined {
  if (images.size !== 1 || masks.size === 0 || parent.endsWith("//")) return undefined;
  const [stem] = images.keys();
  const around = `${path}/${parent}`.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
  if (masks.has(stem) || nfc(around) !== stem) return undefined;
  if (masks.size === 1 && [...masks.keys()][0].startsWith(stem)) return undefined;
  return [...masks.values()].flat();
}

/** @throws DatasetError where several files could be meant */
function only(path: string, files: string[], image?: string): string {
  if (files.length === 1) return files[0];
  const what = image ? `could each be the mask of ${image}` : "have the same name";
  const folders = new Set(files.map((file) => file.slice(0, file.lastIndexOf("/"))));
  const choose = image && folders.size > 1 ? ", or say which folder has the masks by the option masks" : "";
  throw new DatasetError(`${path}: ${files.join(" and ")} ${what}; leave one of them${choose}`);
}

function nothingMatches(
  path: string,
  { elsewhere, strangers, ...lonely }: Record<"images" | "masks" | "elsewhere" | "strangers", string[]>,
  { images = "images", masks, maskSuffix = "" }: LayoutOptions,
): DatasetError {
  const folders = masks === undefined ? ["masks", "labels"] : [masks];
  const [image] = lonely.images;
  if (image === undefined) {
    const found =
      elsewhere.length > 0 ? `; it has ${elsewhere.length} in other folders, such as ${elsewhere[0]}` : "";
    const beside = elsewhere.map((file) => suffixHint(file, elsewhere)).find((hint) => hint !== "") ?? "";
    return new DatasetError(
      `${path} has no images with masks: expected PNG, TIFF or JPEG files in ${images}/ and PNG or TIFF files of the same names in ${folders.join("/ or ")}/${found}${beside}`,
    );
  }
  const parent = image.includes("/") ? (placeOf(image, { images, masks })?.parent ?? "") : "";
  const stem = stemOf(image.slice(image.lastIndexOf("/") + 1));
  const expected = folders.map((folder) => `${parent}${folder}/${stem}${maskSuffix}.png`).join(" or ");
  const other = strangers.find(
    (file) => nfc(nameOf(file)) === nfc(stem) && placeOf(file, { masks })?.side === "masks",
  );
  const hint = other ? `; ${other} is of another kind` : suffixHint(image, lonely.masks);
  return new DatasetError(`${path}/${image} has no mask: expected ${expected} (or .tif)${hint}`);
}

/** Which mask an image may have whose name goes on after the image's. */
function suffixHint(image: string, masks: string[]): string {
  const stem = nfc(nameOf(image));
  for (const mask of masks) {
    const suffix = nfc(nameOf(mask)).startsWith(stem) ? nfc(nameOf(mask)).slice(stem.length) : "";
    if (/^[^a-z0-9]/i.test(suffix)) {
      return `; ${mask} is the mask of ${image} if you give the option maskSuffix "${suffix}"`;
    }
  }
  return "";
}

function withoutSuffix(name: string, suffix = ""): string | undefined {
  return name.endsWith(nfc(suffix)) ? name.slice(0, name.length - nfc(suffix).length) : undefined;
}

/** "3 images without a mask (images/a.png, …)". */
function counted(files: string[], noun: string, rest: string): string | undefined {
  if (files.length === 0) return undefined;
  const nouns = `${files.length} ${noun}${files.length === 1 ? "" : "s"}`;
  return `${nouns}${rest && ` ${rest}`} (${files[0]}${files.length > 1 ? ", …" : ""})`;
}

/** Names look the same to people however their accents are composed. */
const nfc = (text: string) => text.normalize("NFC");
const fold = (text: string) => nfc(text).toLowerCase();
const isHidden = (file: string) => /(^|\/)\./.test(file);
const isPicture = (file: string) => /\.(png|tiff?|jpe?g)$/i.test(file);
const stemOf = (file: string) => file.replace(/(\.ome)?\.[^./]+$/i, "");
const nameOf = (file: string) => stemOf(file.slice(file.lastIndexOf("/") + 1));
