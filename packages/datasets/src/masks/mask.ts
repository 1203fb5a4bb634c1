import {
  connectedComponents,
  type DecodeOptions,
  IGNORE,
  type Image,
  type ImageFile,
  type ImageSource,
  type LabelImage,
  type LabelKind,
  openImages,
  type PlaneChoice,
  type Raster,
} from "@unet/image";
import { DatasetError } from "../errors.js";

/** The label that each colour (`"#ff0000"`) or value (`"255"`) of a mask stands for; −1 is ignore. */
export type ColourTable = Readonly<Record<string, number>>;

/** What the numbers of a mask mean. */
export interface MaskOptions {
  /** Whether they are classes or the numbers of objects. Default: unknown. */
  kind?: LabelKind;
  /** How many classes there are; then a class mask with a larger number is an error. */
  classes?: number;
  /** What each colour or value means, such as `{ "#ff0000": 1, "#000000": 0 }`; then any other is an error. */
  colours?: ColourTable;
  /** The value, or values, of pixels that nobody annotated: they become −1. */
  ignore?: number | readonly number[];
}

/** Options of {@link readMask}. */
export interface ReadMaskOptions extends MaskOptions, DecodeOptions, Pick<PlaneChoice, "z" | "t"> {}

/**
 * Reads labels from a file that a person or a program drew, by the same rules for training, checks and evaluation:
 *
 * - Integers of 1 to 32 bits and the indices of a palette are labels, whatever means white in the file. RGB whose
 *   three channels are equal is grey; other colours need `colours`.
 * - Floats are labels where they are whole numbers. A file that says that it holds probabilities is refused, and so is
 *   a JPEG, which changes numbers.
 * - A mask of only 0 and 255 (or 65535), or of 1 bit, says where objects are, not which is which: they are class 1,
 *   or, with `kind: "instances"`, each connected part (4 neighbours) is an object.
 *
 * @returns a label image for each of its planes that `z` and `t` choose; default: all
 * @throws DatasetError that names the file, the value and the pixel where the mask holds what it may not
 * @throws UnreadableImageError that names the file where it can't be read
 */
export async function readMask(source: ImageSource, options: ReadMaskOptions = {}): Promise<LabelImage[]> {
  const { maxPixels, onNotice, z, t } = options;
  const file = await openImages(source, { maxPixels, onNotice, z, t });
  try {
    const pages: LabelImage[] = [];
    for (let page = 0; page < file.length; page++) pages.push(await maskIn(file, page, file.name, options));
    return pages;
  } finally {
    await file.close();
  }
}

/**
 * One plane of an opened file, as {@link readMask} reads it.
 *
 * @param name what the file is called in messages
 */
export async function maskIn(
  file: ImageFile,
  page: number,
  name: string,
  { onNotice, ...options }: MaskOptions & DecodeOptions,
): Promise<LabelImage> {
  const note = (notice: string) => onNotice?.(`${name}: ${notice}`);
  const raster = await file.raster(page);
  if (raster.lossy) {
    throw new DatasetError(
      `${name} is a JPEG, which changes the numbers of a mask; save masks as PNG or TIFF`,
    );
  }
  if (file.holds === "probabilities") {
    throw new DatasetError(`${name} says that it holds probabilities, but labels are needed here`);
  }
  const table = options.colours && tableOf(options.colours);
  const values = table?.byColour ? coloursOf(await file.image(page)) : valuesOf(raster, name, note);
  markIgnored(values.data, options.ignore, table?.byColour ?? false);
  const labels = table
    ? translate(values, table, name)
    : marksToLabels(values, raster.bits, options.kind, note);
  assertRange(labels, name, options);
  return labels;
}

/** @throws DatasetError where they can't be labels */
function valuesOf(raster: Raster, name: string, note: (notice: string) => void): LabelImage {
  const { width, height } = raster;
  const grey = greyOf(raster, name, note);
  const data = new Int32Array(grey);
  for (let i = 0; i < data.length; i++) {
    if (data[i] === grey[i]) continue;
    throw new DatasetError(
      `${name} holds ${grey[i]}${placeOf(i, width)}, but labels are whole numbers of at most 32 bits`,
    );
  }
  return { width, height, data };
}

function greyOf({ width, channels, data }: Raster, name: string, note: (notice: string) => void) {
  if (channels === 1) return data;
  if (channels !== 3)
    throw new DatasetError(`${name} has ${channels} channels, but a mask has one, or colours`);
  const grey = new Float64Array(data.length / 3);
  for (let i = 0; i < grey.length; i++) {
    const [red, green, blue] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
    grey[i] = red;
    if (red === green && red === blue) continue;
    throw new DatasetError(
      `${name} is a mask in colour: ${hex(red, green, blue)}${placeOf(i, width)}; say what its colours mean by the option colours {"#000000": 0, "${hex(red, green, blue)}": 1}`,
    );
  }
  note("its red, green and blue are equal, so it is read as grey");
  return grey;
}

/** Every pixel as it looks: 0xrrggbb. */
function coloursOf({ width, height, channels, data }: Image): LabelImage {
  const colours = new Int32Array(width * height);
  for (let i = 0; i < colours.length; i++) {
    const at = i * channels;
    const [green, blue] = channels < 3 ? [data[at], data[at]] : [data[at + 1], data[at + 2]];
    colours[i] = (data[at] << 16) | (green << 8) | blue;
  }
  return { width, height, data: colours };
}

function markIgnored(data: Int32Array, ignore: MaskOptions["ignore"], byColour: boolean): void {
  if (ignore === undefined) return;
  const values = (typeof ignore === "number" ? [ignore] : ignore).map((value) =>
    byColour ? value * 0x010101 : value,
  );
  for (let i = 0; i < data.length; i++) if (values.includes(data[i])) data[i] = IGNORE;
}

/** A binary mask becomes class 1, or instances; any other mask holds labels already. */
function marksToLabels(
  values: LabelImage,
  bits: number,
  kind: MaskOptions["kind"],
  note: (notice: string) => void,
): LabelImage {
  const { data } = values;
  const white = [255, 65535].find(
    (value) => data.includes(value) && data.every((v) => v === 0 || v === value || v === IGNORE),
  );
  if (white === undefined && bits !== 1) {
    if (kind === "instances") noteParts(values, note);
    return values;
  }
  const marks = { ...values, data: data.map((value) => (value === white ? 1 : value)) };
  if (kind !== "instances") {
    if (white !== undefined) note(`it holds 0 and ${white} alone, which are taken for 0 and 1`);
    return marks;
  }
  note("it says where objects are, not which is which: each connected part is an object");
  return connectedComponents(marks);
}

/** Many programs give all objects the same number; read as instances, that is one object in many parts. */
function noteParts(labels: LabelImage, note: (notice: string) => void): void {
  let only = 0;
  for (const label of labels.data) {
    if (label <= 0 || label === only) continue;
    if (only > 0) return;
    only = label;
  }
  if (only === 0) return;
  const parts = connectedComponents(labels).data.reduce((most, label) => Math.max(most, label), 0);
  if (parts > 1) {
    note(
      `its only object, ${only}, lies in ${parts} parts that don't touch; number the objects, or save 0 and 255, whose connected parts are objects`,
    );
  }
}

/** A table of colours, by 0xrrggbb, or of values. */
interface Table {
  byColour: boolean;
  labels: Map<number, number>;
  known: string;
}

function tableOf(colours: ColourTable): Table {
  const entries = Object.entries(colours);
  const byColour = entries.some(([key]) => key.startsWith("#"));
  const labels = entries.map(([key, label]): [number, number] => {
    if (!Number.isInteger(label) || label < IGNORE || label >= 2 ** 31) {
      throw new RangeError(
        `readFolder: the option colours gives ${key} the label ${label}, but a label is 0, 1, 2, … or −1 to ignore it`,
      );
    }
    if (/^#[0-9a-f]{6}$/i.test(key)) return [Number.parseInt(key.slice(1), 16), label];
    if (/^\d+$/.test(key)) return [byColour ? Number(key) * 0x010101 : Number(key), label];
    throw new RangeError(
      `readFolder: a key of the option colours must be like "#ff0000" or "255", got "${key}"`,
    );
  });
  return { byColour, labels: new Map(labels), known: Object.keys(colours).join(", ") };
}

function translate(
  { width, height, data }: LabelImage,
  { byColour, labels, known }: Table,
  name: string,
): LabelImage {
  return {
    width,
    height,
    data: data.map((value, i) => {
      if (value === IGNORE) return value;
      const label = labels.get(value);
      if (label !== undefined) return label;
      const given = byColour ? hex(value >> 16, (value >> 8) & 255, value & 255) : value;
      throw new DatasetError(
        `${name} holds ${given}${placeOf(i, width)}, which is not in the option colours (${known})`,
      );
    }),
  };
}

function assertRange({ data, width }: LabelImage, name: string, options: MaskOptions): void {
  const { kind, classes, colours } = options;
  const limit = kind === "classes" && classes !== undefined ? classes : Number.POSITIVE_INFINITY;
  const wrong = data.findIndex((value) => value < IGNORE || value >= limit);
  if (wrong < 0) return;
  const value = data[wrong];
  const held = `${name} holds ${colours ? "the label " : ""}${value}${placeOf(wrong, width)}`;
  if (value < 0) {
    throw new DatasetError(
      `${held}, but labels start at 0, and −1 is ignored; give the option ignore ${value} if nobody annotated such pixels`,
    );
  }
  throw new DatasetError(
    `${held}, but ${classes} classes are 0 … ${limit - 1}; give the option kind "instances" if the values number the objects, the option classes ${value + 1} if there are so many, the option ignore ${value} if nobody annotated such pixels`,
  );
}

function placeOf(index: number, width: number): string {
  return ` at x = ${index % width}, y = ${Math.floor(index / width)}`;
}

function hex(...rgb: number[]): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
