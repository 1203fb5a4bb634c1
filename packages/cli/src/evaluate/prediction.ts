import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ColourTable, maskIn } from "@unet/datasets";
import type { Image, LabelImage, Sample } from "@unet/image";
import { argMax, labelInstances, predictTiled } from "@unet/inference";
import { tell } from "../command.js";
import { UsageError } from "../errors.js";
import { openRun } from "../run.js";
import { assertSame, probabilityIn, type Reading, readingOf } from "./numbers.js";
import { openPages, type Pages, type PagesOptions, stemsOf } from "./pages.js";
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
  /** How many classes they can have, background counted; absent where any number. */
  classes?: number;
  /** How files were read, and why, for people. */
  reading?: { as: Reading; because: string };
  /** @param position which of the truths' images */
  get(position: number, truth: Truth): Promise<Prediction>;
  close(): Promise<void>;
}

/** A run that is evaluated, and how many classes it tells apart. */
export interface EvaluatedRun {
  model: LayersModel;
  classes: number;
}

/** Opens the model of a run. */
export async function openEvaluatedRun(path: string): Promise<EvaluatedRun> {
  const model = await openRun(path);
  return { model, classes: model.outputs[0].shape.at(-1) as number };
}

/**
 * Segments images with a model. Objects are those of `only`, by default class 1; classes are the likeliest ones, or
 * `only` from a probability of 0.5 on.
 */
export function predictWith(
  { model, classes }: EvaluatedRun,
  { kind }: Pick<Truths, "kind">,
  only: number | undefined,
): Predictions {
  if (only !== undefined && only >= classes) {
    throw new UsageError(`--class is ${only}, but the run has classes 0 to ${classes - 1}`);
  }
  const several = kind === "classes" && only === undefined && classes > 2;
  return {
    probabilities: true,
    classes: several ? classes : 2,
    async get(_, { image }) {
      if (!image) throw new UsageError("a run needs images too; name a data set such as folder:DIR");
      const scores = await predictTiled(image, model);
      if (several) return { probability: foregroundOf(scores), labels: argMax(scores) };
      const probability = channelOf(scores, only ?? 1);
      return { probability, labels: labelsOf(probability, kind) };
    },
    close: async () => {},
  };
}

/** How a prediction in files is opened. */
export interface PredictionOptions extends PagesOptions {
  /** What its numbers are taken for; default: see {@link readingOf}. */
  as?: Reading;
  /** What its colours mean, where it is in colour. */
  colours?: ColourTable;
}

/** Opens a prediction in a PNG or TIFF, or a folder of them. */
export async function openPrediction(
  path: string,
  truths: Truths,
  { as, colours, channel, z, t, maxPixels }: PredictionOptions = {},
): Promise<Predictions> {
  const pages = await openPages(path, { channel, z, t, maxPixels });
  try {
    const order = matchPages(path, pages, truths);
    const reading = as ? { as, because: "--as says so" } : await readingOf(pages, order, truths.kind);
    return predictionIn(pages, order, reading, { kind: truths.kind, colours, checked: as !== undefined });
  } catch (error) {
    await pages.close();
    throw error;
  }
}

/** @param checked whether it needn't be checked that each image holds what `reading` says */
function predictionIn(
  pages: Pages,
  order: number[],
  reading: { as: Reading; because: string },
  { kind, colours, checked }: { kind: Sample["kind"]; colours?: ColourTable; checked: boolean },
): Predictions {
  return {
    probabilities: reading.as === "probabilities",
    ...(reading.as === "probabilities" && { classes: 2 }),
    reading,
    get: (position) =>
      pages.with(order[position], async (file, page) => {
        if (!checked) await assertSame(file, page, reading.as);
        if (reading.as === "labels") {
          const inColour = colours && (await file.raster(page)).channels === 3;
          const options = { kind, onNotice: pages.onNotice, ...(inColour && { colours }) };
          return { labels: await maskIn(file, page, file.name, options) };
        }
        const probability = await probabilityIn(file, page);
        return { probability, labels: labelsOf(probability, kind) };
      }),
    close: () => pages.close(),
  };
}

/**
 * Which page belongs to each image. Files go by their names, or the numbers at their ends (`mask010.tif` to
 * `t010.tif`), and only where either has no numbers by their order; the pages of a stack by their order, and
 * else by their numbers.
 */
function matchPages(path: string, { names, stack }: Pages, truths: Truths): number[] {
  const { names: images, stems, total, indices } = truths;
  const byOrder =
    names.length === images.length ? [...images.keys()] : names.length === total ? indices : undefined;
  const byNumber = matchNames(names.map(numberOf), images.map(numberOf));
  if (stack) {
    assertSameStack(path, stack, truths);
    const order = byOrder ?? byNumber;
    if (order) return order;
  } else {
    const order = matchNames(stemsOf(names), stems) ?? byNumber;
    if (order) return order;
    const areNumbered = (names: string[]) => names.every((name) => /\d(\.ome)?\.\w+$/i.test(name));
    if (byOrder && !(areNumbered(names) && areNumbered(images))) {
      tell(
        `${path}: its images are matched with the truth's by their order: ${names[byOrder[0]]} with ${images[0]}, …`,
      );
      return byOrder;
    }
  }
  throw new UsageError(
    `${path} has ${names.length} image${names.length === 1 ? "" : "s"} and the truth ${images.length}, and their names don't match (${names[0]} to ${images[0]}); choose some with --samples`,
  );
}

/** Whether as many pages are as many slices of as many frames. */
function assertSameStack(path: string, stack: Pages["stack"] & object, truth: Truths): void {
  const [own, other] = [stack, truth.stack];
  const isGrid = ({ slices, frames }: Pages["stack"] & object) => slices > 1 && frames > 1;
  if (!other || !isGrid(own) || !isGrid(other) || other.slices === own.slices) return;
  const said = ({ slices, frames }: Pages["stack"] & object) => `${slices} slices and ${frames} frames`;
  throw new UsageError(`${path} has ${said(own)}, but the truth ${said(other)}; choose some by --z and --t`);
}

/** The page with the key of each image, unless one lacks its page or two pages have one key. */
function matchNames(
  pages: Array<string | undefined>,
  images: Array<string | undefined>,
): number[] | undefined {
  const byKey = new Map(pages.map((key, page) => [key, page]));
  const order = images.map((key) => byKey.get(key) ?? -1);
  return byKey.size === pages.length && new Set(order).size === order.length && !order.includes(-1)
    ? order
    : undefined;
}

const numberOf = (name: string) => /0*(\d+)(?:\]|(?:\.ome)?\.\w+)$/i.exec(name)?.[1];

/** Class 1 where the probability is at least 0.5; its connected objects where the truth is of instances. */
function labelsOf(probability: Image<Float32Array>, kind: Sample["kind"]): LabelImage {
  if (kind === "instances") return labelInstances(probability, { channel: 0 });
  const { width, height, data } = probability;
  return { width, height, data: Int32Array.from(data, (value) => (value >= 0.5 ? 1 : 0)) };
}

/** The probability of anything but background. */
export function foregroundOf({ width, height, channels, data }: Image<Float32Array>): Image<Float32Array> {
  const values = Float32Array.from({ length: width * height }, (_, i) => 1 - data[i * channels]);
  return { width, height, channels: 1, data: values };
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
