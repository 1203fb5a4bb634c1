import { type ColourTable, maskIn } from "@unet/datasets";
import type { Image, LabelImage, Sample } from "@unet/image";
import {
  foregroundOf,
  labelInstances,
  type Predictor,
  plainTaskFor,
  segment,
  type Task,
} from "@unet/inference";
import { separateTouching } from "@unet/loss/weight-map";
import { UsageError } from "../messages/errors.js";
import { type Augmentation, type Networks, openNetworks } from "../predict/networks.js";
import { tell } from "../usage/command.js";
import { assertSame, probabilityIn, type Reading, readingOf } from "./numbers.js";
import { openPages, type Pages, type PagesOptions, stemsOf } from "./pages.js";
import type { Truth, Truths } from "./truth.js";

/** What is evaluated of one image: labels, and the foreground's probability where it is known. */
interface Prediction {
  labels: LabelImage;
  /** One channel, 0 … 1. */
  probability?: Image<Float32Array>;
  /** What a run's task calls object, 0 or 1, with background between objects. */
  regions?: Image<Float32Array>;
}

/** The predictions for images with a truth, made or read one at a time. */
export interface Predictions {
  /** Whether they hold probabilities. */
  probabilities: boolean;
  /** How many classes they can have, background counted; absent where any number. */
  classes?: number;
  /** How files were read, and why, to be printed. */
  reading?: { as: Reading; because: string };
  /** @param position which of the truths' images */
  get(position: number, truth: Truth): Promise<Prediction>;
  close(): Promise<void>;
}

/** A run that is evaluated, or the mean of several. */
export interface EvaluatedRun extends Networks {
  /** How many classes it tells apart; two where it finds objects, as rims count as objects. */
  classes: number;
}

/** Opens one run, or several between commas, to be averaged over turned images as `--tta` says. */
export async function openEvaluatedRun(
  path: string,
  tta: Augmentation,
  { quiet = false } = {},
): Promise<EvaluatedRun> {
  const networks = await openNetworks(path, tta, { quiet });
  const { task, classes } = networks.predictor;
  return { ...networks, classes: task && task.aim !== "classes" ? 2 : classes };
}

/**
 * Segments images as a run's task says: into objects where the truth has objects, else into classes, or what is object
 * and what isn't. Without a task objects are those of class 1, and classes the likeliest ones; `only` is a class that is
 * looked for from a probability of 0.5 on, whatever the task says.
 */
export function predictWith(
  { predictor }: EvaluatedRun,
  { kind }: Pick<Truths, "kind">,
  only: number | undefined,
): Predictions & { task: Task } {
  const { classes } = predictor;
  if (only !== undefined && only >= classes) {
    throw new UsageError(`--class is ${only}, but the run has classes 0 to ${classes - 1}`);
  }
  const task = taskFor(predictor, kind, only);
  const several = task.aim === "classes" && classes > 2;
  const isDecided = only === undefined && predictor.task !== undefined && task.aim !== "classes";
  return {
    task,
    probabilities: true,
    classes: several ? classes : 2,
    async get(_, { image }) {
      if (!image) throw new UsageError("a run needs images too; name a data set such as folder:DIR");
      const { labels, scores } = await segment(image, predictor, { task, scores: true });
      if (several) return { probability: foregroundOf(scores), labels };
      const regions = isDecided ? regionsOf(labels, task) : undefined;
      return { probability: scores, regions, labels: kind === "classes" ? binary(labels) : labels };
    },
    close: async () => {},
  };
}

function taskFor({ task, classes }: Predictor, kind: Sample["kind"], only: number | undefined): Task {
  const plain = plainTaskFor(classes);
  if (only !== undefined) {
    const score = plain.out.score.map((_, label) => (label === only ? 1 : 0));
    return { ...plain, scale: task?.scale ?? 1, out: { ...plain.out, score } };
  }
  if (task) return kind === "instances" ? { ...task, aim: "instances" } : task;
  if (kind === "instances" || classes <= 2) return plain;
  return { ...plain, aim: "classes" };
}

/** The foreground, with a line of background between objects, which a watershed doesn't leave. */
function regionsOf(labels: LabelImage, { out: { split } }: Task): Image<Float32Array> {
  const parted = split === "distance" || split === "scores" ? separateTouching(labels) : labels;
  const { width, height, data } = binary(parted);
  return { width, height, channels: 1, data: Float32Array.from(data) };
}

function binary(labels: LabelImage): LabelImage {
  return { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
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
