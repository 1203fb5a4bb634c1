import type { DataSource } from "@unet/datasets";
import {
  connectedComponents,
  type Image,
  type LabelImage,
  normalise,
  type Sample,
  toChannels,
} from "@unet/image";
import {
  balancedClassWeights,
  classMap,
  countClasses,
  separateTouching,
  weightMap,
} from "@unet/loss/weight-map";
import type { TrainingConfig } from "./config.js";

/** Anything that hands out samples by number: every data set of `@unet/datasets`, or an object of your own. */
export interface Samples {
  readonly length: number;
  /** How `openDataset` opens the same samples again; a run is resumed with it. */
  readonly source?: DataSource;
  get(index: number): Sample | Promise<Sample>;
}

/** A sample as the network learns it: grey values normalised, a class and a weight for every pixel. */
export interface PreparedSample {
  readonly name: string;
  readonly image: Image<Float32Array>;
  readonly labels: LabelImage;
  readonly weights: Image<Float32Array>;
}

/** Samples ready for training, and the class weights that their weight maps were made with. */
export interface PreparedSamples {
  readonly length: number;
  readonly classWeights: number[];
  get(index: number): Promise<PreparedSample>;
}

/** What {@link prepareSamples} needs of a {@link TrainingConfig}, and of the model. */
export interface PrepareOptions extends Pick<TrainingConfig, "normalisation" | "w0" | "sigma" | "classOf"> {
  /** Channels and classes of the model, which the samples must fit. */
  channels: number;
  classes: number;
  /** Default: w_c = N / (C · n_c) over all of `samples`, which reads every label image once. */
  classWeights?: number[];
  /** Called once with a line that says what was changed of the images: their channels. */
  onNotice?: (notice: string) => void;
  /** Prepared samples that are kept for the next time, in bytes. Default 1 GiB. */
  cacheBytes?: number;
}

/**
 * Normalises each image, separates touching instances by background, and makes the border weight map of
 * the paper (section 3, equation 2) once per sample. Samples are prepared when first asked for and kept up
 * to `cacheBytes`.
 *
 * Three equal channels are taken as one, and one as three, where the model takes so many.
 *
 * @throws RangeError where a sample has another channel count than the model, a label of no class, or
 *   labels of another size than the image
 */
export async function prepareSamples(samples: Samples, options: PrepareOptions): Promise<PreparedSamples> {
  const classWeights = options.classWeights ?? (await balanceOver(samples, options));
  const cache = new Map<number, PreparedSample>();
  let told = false;
  const onNotice = (notice: string) => {
    if (!told) options.onNotice?.(`${notice}, here and in other samples`);
    told = true;
  };
  let free = options.cacheBytes ?? 2 ** 30;
  return {
    length: samples.length,
    classWeights,
    async get(index) {
      const cached = cache.get(index);
      if (cached) return cached;
      const prepared = prepare(await samples.get(index), classWeights, { ...options, onNotice });
      const bytes = prepared.image.data.byteLength + 2 * prepared.weights.data.byteLength;
      if (bytes <= free) {
        cache.set(index, prepared);
        free -= bytes;
      }
      return prepared;
    },
  };
}

async function balanceOver(samples: Samples, options: PrepareOptions): Promise<number[]> {
  const counts = new Array<number>(options.classes).fill(0);
  for (let index = 0; index < samples.length; index++) {
    const { labels } = cellsAndClasses(await samples.get(index), options);
    countClasses(labels, options.classes).forEach((count, label) => {
      counts[label] += count;
    });
  }
  return balancedClassWeights(counts);
}

function prepare(sample: Sample, classWeights: number[], options: PrepareOptions): PreparedSample {
  const { name } = sample;
  const image = named("train", () =>
    toChannels(sample.image, options.channels, { name, onNotice: options.onNotice }),
  );
  const { cells, labels } = cellsAndClasses(sample, options);
  const { w0, sigma } = options;
  return {
    name,
    image: named(name, () => normalise(image, options.normalisation)),
    labels,
    weights: weightMap(cells, { w0, sigma, classWeights, classes: labels }),
  };
}

/** The separate cells of a sample, whose borders the weight map stresses, and the class of each pixel. */
function cellsAndClasses(sample: Sample, { classes, classOf }: PrepareOptions) {
  const { name, image, kind } = sample;
  if (sample.labels.width !== image.width || sample.labels.height !== image.height) {
    throw new RangeError(
      `train: ${name} has an image of ${image.width} × ${image.height} and labels of ${sample.labels.width} × ${sample.labels.height}; they must be of one size`,
    );
  }
  const cells = kind === "instances" ? separateTouching(sample.labels) : connectedComponents(sample.labels);
  const labels = kind === "instances" ? classMap(cells, "instances", classOf) : sample.labels;
  named(name, () => countClasses(labels, classes));
  return { cells, labels };
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
