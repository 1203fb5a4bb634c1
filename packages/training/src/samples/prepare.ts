import {
  type Image,
  type LabelImage,
  normalise,
  resize,
  resizeLabels,
  type Sample,
  scaledSize,
  toChannels,
} from "@unet/image";
import { balancedClassWeights, cellsAndClasses, countClasses, weightMap } from "@unet/loss/weight-map";
import type { TrainingConfig } from "../config/config.js";
import { assertRims } from "../config/rims.js";
import { pasting } from "./pasting.js";
import type { Samples } from "./samples.js";

/** A sample as the network learns it, at its scale: grey values normalised, a class and a weight for every pixel. */
export interface PreparedSample {
  readonly name: string;
  readonly image: Image<Float32Array>;
  readonly labels: LabelImage;
  readonly weights: Image<Float32Array>;
}

/** Samples ready for training, and the class weights that their weight maps were made with. */
export interface PreparedSamples {
  /** With `paste`, all are there so many times more. */
  readonly length: number;
  readonly classWeights: number[];
  /** Samples that were prepared so far, and the seconds that this thread was busy with them. */
  readonly prepared: { samples: number; seconds: number };
  get(index: number): Promise<PreparedSample>;
}

/** What {@link prepareSamples} needs of a {@link TrainingConfig}, and of the model. */
export interface PrepareOptions
  extends Pick<TrainingConfig, "normalisation" | "w0" | "sigma" | "classOf">,
    Partial<Pick<TrainingConfig, "task" | "rims" | "paste">> {
  /** Channels and classes of the model, which the samples must fit. */
  channels: number;
  classes: number;
  /** Default: w_c = N / (C · n_c) over all of `samples` as they are, which reads every label image once. */
  classWeights?: number[];
  /** Decides what is pasted where. Default 0. */
  seed?: number;
  /** Called once with a line that says what was changed of the images: their channels. */
  onNotice?: (notice: string) => void;
  /** Prepared samples that are kept for the next time, in bytes. Default 1 GiB. */
  cacheBytes?: number;
}

/** Memory for samples that were read for their class weights and wait to be prepared, in bytes. */
const MOST_WAITING = 2 ** 30;

/**
 * Normalises each image, separates touching instances by background, and makes the border weight map of
 * the paper (section 3, equation 2) once per sample. Samples are prepared when first asked for and kept up
 * to `cacheBytes`.
 *
 * Before that, each is resized by `task.scale`; samples follow that have objects of others pasted on, `paste` times each
 * (sample n + k is sample k mod n); and with `rims` instances become classes of interiors and rims, which tell touching
 * ones apart, so none are separated.
 *
 * Three equal channels are taken as one, and one as three, where the model takes so many.
 *
 * @throws RangeError where a sample has another channel count than the model, a label of no class, labels of another size
 *   than the image, or no instances where `rims` or `paste` need them
 */
export async function prepareSamples(samples: Samples, options: PrepareOptions): Promise<PreparedSamples> {
  const { rims = [], paste = 0, seed = 0, task, classOf } = options;
  assertRims({ rims, classOf }, options.classes);
  let told = false;
  const onNotice = (notice: string) => {
    if (!told) options.onNotice?.(`${notice}, here and in other samples`);
    told = true;
  };
  const { length } = samples;
  const prepared = { samples: 0, seconds: 0 };
  const timed = <T>(work: () => T): T => {
    const began = performance.now();
    try {
      return work();
    } finally {
      prepared.seconds += (performance.now() - began) / 1000;
    }
  };
  const seen: Samples = {
    length,
    async get(index) {
      const sample = await samples.get(index);
      return timed(() => asSeen(sample, task?.scale ?? 1, { ...options, onNotice }));
    },
  };
  // What was read and divided for the class weights needn't be again, as far as memory goes.
  const waiting = new Map<number, DividedSample>();
  const classWeights = options.classWeights ?? (await balanceOver(seen, options, waiting));
  const withPasted = paste > 0 ? await pasting(seen, { seed }) : undefined;
  const cache = new Map<number, PreparedSample>();
  let free = options.cacheBytes ?? 2 ** 30;
  return {
    length: length * (1 + paste),
    classWeights,
    prepared,
    async get(index) {
      const cached = cache.get(index);
      if (cached) return cached;
      const known = waiting.get(index);
      waiting.delete(index);
      const own = known?.sample ?? (await seen.get(index % length));
      const sample = timed(() => {
        const whole = withPasted && index >= length ? withPasted(own, index) : own;
        return prepare(known ?? divide(whole, options), classWeights, options);
      });
      prepared.samples++;
      const bytes = sample.image.data.byteLength + 2 * sample.weights.data.byteLength;
      if (bytes <= free) {
        cache.set(index, sample);
        free -= bytes;
      }
      return sample;
    },
  };
}

/** Balanced class weights over all samples; those that fit into memory are then `waiting`. */
async function balanceOver(
  seen: Samples,
  options: PrepareOptions,
  waiting: Map<number, DividedSample>,
): Promise<number[]> {
  const counts = new Array<number>(options.classes).fill(0);
  let free = MOST_WAITING;
  for (let index = 0; index < seen.length; index++) {
    const divided = divide(await seen.get(index), options);
    const { sample, cells, labels } = divided;
    countClasses(labels, options.classes).forEach((count, label) => {
      counts[label] += count;
    });
    free -= sample.image.data.byteLength + sample.labels.data.byteLength;
    free -= cells.data.byteLength + labels.data.byteLength;
    if (free >= 0) waiting.set(index, divided);
  }
  return balancedClassWeights(counts);
}

/** A sample as the network sees it: of the model's channels, and at its scale. */
function asSeen(sample: Sample, scale: number, options: PrepareOptions): Sample {
  const { channels, normalisation, onNotice } = options;
  const { name, labels } = sample;
  const image = named("train", () => toChannels(sample.image, channels, { name, onNotice }));
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new RangeError(
      `train: ${name} has an image of ${image.width} × ${image.height} and labels of ${labels.width} × ${labels.height}; they must be of one size`,
    );
  }
  if (scale === 1) return { ...sample, image };
  const size = scaledSize(image, scale);
  // "range" goes by the type of the numbers, which resizing changes.
  const ranged = normalisation === "range" ? normalise(image, "range") : image;
  return { ...sample, image: resize(ranged, size), labels: resizeLabels(labels, size) };
}

function prepare(
  { sample: { name, image }, cells, labels }: DividedSample,
  classWeights: number[],
  options: PrepareOptions,
): PreparedSample {
  const { w0, sigma } = options;
  return {
    name,
    image: named(name, () => normalise(image, options.normalisation)),
    labels,
    weights: weightMap(cells, { w0, sigma, classWeights, classes: labels }),
  };
}

/** A sample with its separate cells, whose borders the weight map stresses, and the class of each pixel. */
interface DividedSample {
  sample: Sample;
  cells: LabelImage;
  labels: LabelImage;
}

function divide(sample: Sample, { rims = [], classOf, classes: count }: PrepareOptions): DividedSample {
  const { name, labels, kind } = sample;
  return named(name, () => {
    if (rims.length > 0 && kind !== "instances") {
      throw new RangeError(`config.rims needs instances, but its labels are ${kind}`);
    }
    const { cells, classes } = cellsAndClasses(labels, kind, { rims, classOf });
    countClasses(classes, count);
    return { sample, cells, labels: classes };
  });
}

/** Runs `work`, and puts the sample's name before the message of what it throws. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
