import type { OpenOptions } from "@unet/datasets";
import { type Image, type LabelImage, readLabelStack } from "@unet/image";
import { tell } from "../command.js";
import { openData } from "../data.js";
import { UsageError } from "../errors.js";
import { openPages } from "./pages.js";

/** What predictions are compared with, one image at a time. */
export interface Truths {
  kind: "classes" | "instances";
  /** What each image is called. */
  names: string[];
  /** The number of each image in the whole data set, and how many that has. */
  indices: number[];
  total: number;
  get(position: number): Promise<Truth>;
}

/** True labels, with their image where it is known. */
export interface Truth {
  labels: LabelImage;
  image?: Image;
}

/**
 * Opens a data set (`isbi2012:DIR`), a file of labels, or a folder of such files, and takes the `samples` of
 * these numbers, or all.
 */
export async function openTruths(
  spec: string,
  { samples, ...options }: OpenOptions & { samples?: number[] },
): Promise<Truths> {
  const whole = /^[a-z0-9-]{2,}:/.test(spec) ? await openSamples(spec, options) : await openLabels(spec);
  const total = whole.names.length;
  const indices = samples ?? Array.from({ length: total }, (_, index) => index);
  const outside = indices.find((index) => index >= total);
  if (outside !== undefined) {
    throw new UsageError(`--samples names sample ${outside}, but the truth has samples 0 to ${total - 1}`);
  }
  return {
    kind: options.kind ?? whole.kind,
    names: indices.map((index) => whole.names[index]),
    indices,
    total,
    get: (position) => whole.get(indices[position]),
  };
}

async function openSamples(spec: string, options: OpenOptions) {
  const dataset = await openData(spec, options);
  const { kind } = await dataset.get(0);
  const names = dataset.names ?? Array.from({ length: dataset.length }, (_, index) => `${spec}[${index}]`);
  return { kind, names, get: (index: number): Promise<Truth> => dataset.get(index) };
}

/** Labels are instances where the first image with any has one above 1. */
async function openLabels(path: string) {
  const pages = await openPages(path, (file) => readLabelStack(file, { onNotice: tell }));
  const get = async (index: number): Promise<Truth> => ({ labels: await pages.get(index) });
  let most = 0;
  for (let index = 0; index < pages.names.length && most === 0; index++) {
    for (const label of (await pages.get(index)).data) if (label > most) most = label;
  }
  return { kind: most > 1 ? ("instances" as const) : ("classes" as const), names: pages.names, get };
}
