import {
  type DecodeOptions,
  type ImageSource,
  type LabelImage,
  readImage,
  readLabels,
  type Sample,
} from "@unet/image";
import { DatasetError } from "./errors.js";
import type { Folder } from "./folder.js";

/** The label that each colour (`"#ff0000"`) or value (`"255"`) of a mask stands for; −1 is ignore. */
export type ColourTable = Readonly<Record<string, number>>;

/**
 * The labels in a mask file.
 *
 * @throws DatasetError that names the file, the value and the pixel where the mask holds what it may not
 */
export async function readMask(
  files: Folder,
  file: string,
  {
    kind,
    classes,
    colours,
    ...decode
  }: { kind?: Sample["kind"]; classes?: number; colours?: ColourTable } & DecodeOptions,
): Promise<LabelImage> {
  const where = `${files.path}/${file}`;
  const source = await files.read(file);
  const labels = await (colours
    ? readColours(source, where, colours, decode)
    : readPlain(source, where, decode));
  const { data, width } = labels;
  if (kind === "classes" && !colours && data.every((value) => value === 0 || value === 255)) {
    for (let i = 0; i < data.length; i++) data[i] = data[i] === 255 ? 1 : 0;
  }
  const wrong = data.findIndex(
    (v) => v < -1 || (kind === "classes" && classes !== undefined && v >= classes),
  );
  if (wrong >= 0) {
    const pixel = `x = ${wrong % width}, y = ${Math.floor(wrong / width)}`;
    const range =
      kind === "classes" && classes ? `of ${classes} classes are 0 … ${classes - 1}` : "start at 0";
    throw new DatasetError(
      `${where} holds ${data[wrong]} at ${pixel}, but labels ${range}; give colours if its values mean something else, or kind "instances" if they number the objects`,
    );
  }
  return labels;
}

async function readPlain(source: ImageSource, where: string, decode: DecodeOptions): Promise<LabelImage> {
  try {
    return await readLabels(source, decode);
  } catch (cause) {
    const channels = await readImage(source, { maxPixels: decode.maxPixels }).then(
      (image) => image.channels,
      () => 1,
    );
    if (channels === 1) throw cause;
    throw new DatasetError(
      `${where} is a mask of ${channels} colour channels: say what its colours mean by the option colours, such as { "#000000": 0, "#ff0000": 1 }`,
      { cause },
    );
  }
}

/** A mask through the table: by colour where it has several channels or the table names colours, else by value. */
async function readColours(
  source: ImageSource,
  where: string,
  colours: ColourTable,
  decode: DecodeOptions,
): Promise<LabelImage> {
  const table = new Map(Object.entries(colours).map(([key, label]) => [keyOf(key), label]));
  const byColour = [...table.keys()].some((key) => key >= COLOUR);
  const image = byColour
    ? await readImage(source, decode)
    : { ...(await readLabels(source, decode)), channels: 1 };
  const { width, height, channels, data } = image;
  const labels = new Int32Array(width * height);
  for (let i = 0; i < labels.length; i++) {
    const at = i * channels;
    const [green, blue] = channels < 3 ? [data[at], data[at]] : [data[at + 1], data[at + 2]];
    const key = byColour ? COLOUR + data[at] * 65536 + green * 256 + blue : data[at];
    const label = table.get(key);
    if (label === undefined) {
      const name = byColour ? `#${(key - COLOUR).toString(16).padStart(6, "0")}` : key;
      throw new DatasetError(
        `${where} holds ${name} at x = ${i % width}, y = ${Math.floor(i / width)}, which is not in the option colours (${Object.keys(colours).join(", ")})`,
      );
    }
    labels[i] = label;
  }
  return { width, height, data: labels };
}

/** Where the keys of colours start, above those of plain values. */
const COLOUR = 2 ** 32;

function keyOf(key: string): number {
  if (/^#[0-9a-f]{6}$/i.test(key)) return COLOUR + Number.parseInt(key.slice(1), 16);
  if (/^\d+$/.test(key)) return Number(key);
  throw new RangeError(`readFolder: a key of colours must be like "#ff0000" or "255", got "${key}"`);
}
