import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { maskIn } from "@unet/datasets";
import type { Image, LabelImage, Sample } from "@unet/image";
import { assertData, openData } from "../data.js";
import { UsageError } from "../messages/errors.js";
import { type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { openPages, type Pages, stemsOf } from "./pages.js";

/** What predictions are compared with, one image at a time. */
export interface Truths {
  kind: Sample["kind"];
  /** Why the labels are taken for classes or instances, to be printed. */
  because: string;
  /** What each image is called. */
  names: string[];
  /** The keys that match predictions with them, see {@link stemsOf}. */
  stems: string[];
  /** See {@link Pages}. */
  stack?: Pages["stack"];
  /** The number of each image in the whole data set, and how many that has. */
  indices: number[];
  total: number;
  get(position: number): Promise<Truth>;
  close(): Promise<void>;
}

/** True labels, with their image where it is known. */
export interface Truth {
  labels: LabelImage;
  image?: Image;
}

/** What {@link openTruths} is told, beside how data is read. */
export interface TruthOptions extends Omit<DataOptions, "truth"> {
  truth?: DataOptions["truth"] | "markers";
  samples?: number[];
  seed?: number;
  /** How many classes the prediction can have, where that is known. */
  classes?: number;
}

/**
 * Opens a data set (`isbi2012:DIR`), a file of labels, or a folder of such files, and takes the `samples` of
 * these numbers, or all.
 */
export async function openTruths(spec: string, options: TruthOptions): Promise<Truths> {
  const { samples, maskSuffix } = options;
  const whole = /^[a-z0-9-]{2,}:/.test(spec)
    ? await openSamples(spec, options)
    : await openLabels(assertLabels(spec), options);
  const total = whole.names.length;
  const indices = samples ?? Array.from({ length: total }, (_, index) => index);
  const outside = indices.find((index) => index >= total);
  if (outside !== undefined) {
    await whole.close();
    throw new UsageError(`--samples names sample ${outside}, but the truth has samples 0 to ${total - 1}`);
  }
  const stems = stemsOf(whole.names, maskSuffix);
  return {
    kind: whole.kind,
    because: whole.because,
    stack: whole.stack,
    close: whole.close,
    indices,
    total,
    names: indices.map((index) => whole.names[index]),
    stems: indices.map((index) => stems[index]),
    get: (position) => whole.get(indices[position]),
  };
}

async function openSamples(spec: string, { seed, ...options }: TruthOptions) {
  const dataset = await openData(spec, { ...dataOptionsOf(options as DataOptions), seed });
  const { kind } = await dataset.get(0);
  const names = dataset.names ?? Array.from({ length: dataset.length }, (_, index) => `${spec}[${index}]`);
  const because = options.kind ? "--kind says so" : "such data is";
  return {
    kind,
    because,
    names,
    stack: undefined,
    get: (index: number): Promise<Truth> => dataset.get(index),
    close: async () => {},
  };
}

/**
 * The path of labels.
 *
 * @throws UsageError for a folder of folders, which is rather data that has to be named as such
 */
function assertLabels(path: string): string {
  const entries = existsSync(path) && statSync(path).isDirectory() ? readdirSync(path) : [];
  const isLabels = entries.length === 0 || entries.some((name) => /\.(png|tiff?)$/i.test(name));
  if (!isLabels && entries.some((name) => statSync(join(path, name)).isDirectory())) assertData(path);
  return path;
}

/** Labels are instances where any is above 1, unless a model has so many classes. */
async function openLabels(path: string, options: TruthOptions) {
  const { kind, colours, ignore, classes = 2, channel, z, t, maxPixels } = options;
  // Colours are recognised by all channels together.
  const pages = await openPages(path, { channel: colours ? undefined : channel, z, t, maxPixels });
  const close = () => pages.close();
  const read = (index: number, kind: Sample["kind"] | undefined) =>
    pages.with(index, (file, page) =>
      maskIn(file, page, file.name, { kind, colours, ignore, onNotice: pages.onNotice }),
    );
  let most = 0;
  if (!kind) {
    for (let index = 0; index < pages.names.length && most < classes; index++) {
      const { data } = await read(index, undefined).catch(async (error) => {
        await close();
        throw error;
      });
      for (const label of data) if (label > most) most = label;
    }
  }
  const found = kind ?? (most >= classes ? "instances" : "classes");
  const because = kind
    ? "--kind says so"
    : found === "classes"
      ? `labels go up to ${most}`
      : `labels go beyond ${classes - 1}; --kind classes takes them as such`;
  const get = async (index: number): Promise<Truth> => ({ labels: await read(index, found) });
  return { kind: found, because, names: pages.names, stack: pages.stack, get, close };
}
