import { basename, extname } from "node:path";
import { type Image, type LabelImage, readStack } from "@unet/image";
import { labelInstances, predictTiled } from "@unet/inference";
import { tell } from "../command.js";
import { UsageError } from "../errors.js";
import { openRun } from "../run.js";
import { openPages, type Pages } from "./pages.js";
import type { Truth, Truths } from "./truth.js";

/** What is evaluated of one image: labels, and the foreground's probability where it is known. */
interface Prediction {
  labels: LabelImage;
  /** One channel, 0 … 1. */
  probability?: Image<Float32Array>;
}

/** The predictions for images with a truth, made or read one at a time. */
export interface Predictions {
  /** Whether they hold probabilities. */
  probabilities: boolean;
  /** @param position which of the truths' images */
  get(position: number, truth: Truth): Promise<Prediction>;
  dispose(): void;
}

/** Segments images with the model of a run. */
export async function predictWith(run: string, { kind }: Truths, channel: number): Promise<Predictions> {
  const model = await openRun(run);
  return {
    probabilities: true,
    async get(_, { image }) {
      if (!image) throw new UsageError("a run needs images too; name a data set such as isbi2012:DIR");
      const probability = channelOf(await predictTiled(image, model), channel);
      return { probability, labels: labelsOf(probability, kind) };
    },
    dispose: () => model.dispose(),
  };
}

/**
 * Opens a prediction in a PNG or TIFF, or a folder of them. Floats are probabilities, and so are integers
 * where the truth is of classes and one is above `classes`; else the numbers are labels.
 */
export async function openPrediction(path: string, truths: Truths): Promise<Predictions> {
  const pages = await openPages(path, (file) => readStack(file, { onNotice: tell }));
  const order = matchPages(path, pages, truths);
  const probabilities = await holdProbabilities(pages, order, truths);
  return {
    probabilities,
    async get(position) {
      const { width, height, channels, data } = await pages.get(order[position]);
      if (channels !== 1) {
        throw new UsageError(`${path} has ${channels} channels; give one channel of probabilities or labels`);
      }
      if (!probabilities) return { labels: { width, height, data: Int32Array.from(data) } };
      const largest = data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : 1;
      const values = Float32Array.from(data, (value) => value / largest);
      const probability = { width, height, channels, data: values };
      return { probability, labels: labelsOf(probability, truths.kind) };
    },
    dispose() {},
  };
}

/**
 * Which page belongs to each image. Files go by their names, or the numbers at their ends (`mask010.tif` to
 * `t010.tif`), and only where either has no numbers by their order; the pages of a stack by their order, and
 * else by their numbers.
 */
function matchPages(path: string, { names }: Pages<Image>, truths: Truths): number[] {
  const { names: images, total, indices } = truths;
  const byOrder =
    names.length === images.length ? [...images.keys()] : names.length === total ? indices : undefined;
  const byNumber = matchNames(names, images, numberOf);
  const areFiles = (names: string[]) => names.every((name) => /\d\.\w+$/.test(name));
  const order = isPage(names[0])
    ? (byOrder ?? byNumber)
    : (matchNames(names, images, stemOf) ??
      byNumber ??
      (areFiles(names) && areFiles(images) ? undefined : byOrder));
  if (order) return order;
  throw new UsageError(
    `${path} has ${names.length} images and the truth ${images.length}, and their names don't match (${names[0]} to ${images[0]}); choose some with --samples`,
  );
}

const isPage = (name: string) => name.endsWith("]");

/** The page with the key of each image, unless one lacks its page or two pages have one key. */
function matchNames(
  pages: string[],
  images: string[],
  keyOf: (name: string) => string | undefined,
): number[] | undefined {
  const byKey = new Map(pages.map((name, page) => [keyOf(name), page]));
  const order = images.map((name) => byKey.get(keyOf(name)) ?? -1);
  return byKey.size === pages.length && new Set(order).size === order.length && !order.includes(-1)
    ? order
    : undefined;
}

const stemOf = (name: string) => basename(name, extname(name));

const numberOf = (name: string) => /0*(\d+)(?:\]|\.\w+)$/.exec(name)?.[1];

async function holdProbabilities(pages: Pages<Image>, order: number[], truths: Truths): Promise<boolean> {
  const { data } = await pages.get(order[0]);
  if (data instanceof Float32Array) return true;
  if (truths.kind === "instances") return false;
  let classes = 1;
  for (const position of order.keys()) {
    for (const label of (await truths.get(position)).labels.data) if (label > classes) classes = label;
    const { data } = await pages.get(order[position]);
    if (data.some((value) => value > classes)) return true;
  }
  return false;
}

/** Class 1 where the probability is at least 0.5; its connected objects where the truth is of instances. */
function labelsOf(probability: Image<Float32Array>, kind: "classes" | "instances"): LabelImage {
  if (kind === "instances") return labelInstances(probability, { channel: 0 });
  const { width, height, data } = probability;
  return { width, height, data: Int32Array.from(data, (value) => (value >= 0.5 ? 1 : 0)) };
}

/** One channel of an image as an image. */
export function channelOf(
  { width, height, channels, data }: Image<Float32Array>,
  channel: number,
): Image<Float32Array> {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = data[i * channels + channel];
  return { width, height, channels: 1, data: values };
}
