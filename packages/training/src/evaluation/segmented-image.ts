import { connectedComponents, type Image, type LabelImage, resize, type Sample } from "@unet/image";
import { activate, argMax, foregroundOf, labelInstances, labelScores, type Task } from "@unet/inference";
import { classMap, separateTouching } from "@unet/loss/weight-map";

/** Options that decide how logits become a result. */
export interface SegmentingOptions {
  /** Default: none; the foreground is then every pixel whose probability of background is at most ½. */
  task?: Task;
  /** The class of each instance by its number. Default: 1. */
  classOf?: Record<number, number>;
  /** Widths of the rims that are classes of the network. Default: none. */
  rims?: readonly number[];
}

/**
 * The output of a network for an image, beside the truth: probabilities, foreground, objects, classes, all of the image's own
 * size. Each map is computed when it is first read.
 */
export class SegmentedImage {
  readonly #probabilities: Image<Float32Array>;
  readonly #options: SegmentingOptions;
  #foreground?: Image<Float32Array>;
  #labels?: LabelImage;

  /**
   * @param logits one channel a class, as the network saw the image, at the scale of the task
   * @param truth the image with its labels as they were given, not as they are trained on
   */
  constructor(
    logits: Image<Float32Array>,
    readonly truth: Sample,
    options: SegmentingOptions = {},
  ) {
    const data = logits.data.slice();
    activate(data, logits.channels, "softmax");
    this.#probabilities = { ...logits, data };
    this.#options = options;
  }

  /** Probabilities, one channel a class. */
  get probabilities(): Image<Float32Array> {
    return this.#sized(this.#probabilities);
  }

  /** Probability of anything but background, one channel. */
  get foreground(): Image<Float32Array> {
    this.#foreground ??= this.#sized(foregroundOf(this.#probabilities));
    return this.#foreground;
  }

  /**
   * The result by the task: the number of the object that each pixel belongs to, or where the aim is `"classes"` the class.
   * Without a task, the connected components of the foreground from probability ½ on.
   */
  get labels(): LabelImage {
    this.#labels ??= this.#findLabels();
    return this.#labels;
  }

  /** Separate objects; where the task's aim is `"classes"`, its connected parts. */
  get objects(): LabelImage {
    return this.#isOfClasses ? connectedComponents(this.labels) : this.labels;
  }

  get trueObjects(): LabelImage {
    const { labels, kind } = this.truth;
    return kind === "instances" ? labels : connectedComponents(labels);
  }

  /** The class of each pixel; object or not where the task is to find objects. */
  get classes(): LabelImage {
    const { task } = this.#options;
    if (this.#isOfClasses) return this.labels;
    return task || this.#hasRims ? binary(this.labels) : argMax(this.probabilities);
  }

  get trueClasses(): LabelImage {
    const { labels, kind } = this.truth;
    const { task, classOf } = this.#options;
    if ((task && !this.#isOfClasses) || this.#hasRims) return this.trueForeground;
    return classMap(labels, kind, classOf);
  }

  get trueForeground(): LabelImage {
    return binary(this.truth.labels);
  }

  /** The objects of the task as 1, with background between them; without a task the probability of the foreground. */
  get regions(): Image<Float32Array> {
    const { task } = this.#options;
    if (!task) return this.foreground;
    // A watershed leaves no line between its parts.
    const parted = !this.#isOfClasses && (task.out.split === "distance" || task.out.split === "scores");
    const { width, height, data } = parted ? separateTouching(this.labels) : this.labels;
    return { width, height, channels: 1, data: Float32Array.from(data, (label) => (label > 0 ? 1 : 0)) };
  }

  get trueRegions(): LabelImage {
    const { labels, kind } = this.truth;
    return binary(this.#options.task && kind === "instances" ? separateTouching(labels) : labels);
  }

  /** Whether regions are decided, so that there is nothing left to be thresholded. */
  get isDecided(): boolean {
    return this.#options.task !== undefined;
  }

  get #isOfClasses(): boolean {
    return this.#options.task?.aim === "classes";
  }

  get #hasRims(): boolean {
    return (this.#options.rims?.length ?? 0) > 0;
  }

  #findLabels(): LabelImage {
    const { task } = this.#options;
    if (!task) return labelInstances(this.foreground, { channel: 0 });
    const { score, threshold } = task.out;
    if (this.#isOfClasses && score.length > 2) return argMax(this.probabilities);
    const map = this.#sized(
      ofPixels(this.#probabilities, (data, at) => {
        let sum = 0;
        for (let k = 0; k < score.length; k++) sum += score[k] * data[at + k];
        return sum;
      }),
    );
    if (!this.#isOfClasses) return labelScores(map, task.out);
    const { width, height } = map;
    return { width, height, data: Int32Array.from(map.data, (value) => (value >= threshold ? 1 : 0)) };
  }

  /** A map at the image's size. */
  #sized(map: Image<Float32Array>): Image<Float32Array> {
    const { width, height } = this.truth.image;
    return map.width === width && map.height === height ? map : resize(map, { width, height });
  }
}

function binary(labels: LabelImage): LabelImage {
  return { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
}

/** One channel, of the values of each pixel, the first of which is `data[at]`. */
function ofPixels(
  { width, height, channels, data }: Image<Float32Array>,
  of: (data: Float32Array, at: number) => number,
): Image<Float32Array> {
  const out = new Float32Array(width * height);
  for (let i = 0; i < out.length; i++) out[i] = of(data, i * channels);
  return { width, height, channels: 1, data: out };
}
