import { assertImage, assertLabels, type Image, type LabelImage } from "@unet/image";

/** One image, or several that are measured together: an array or any other iterable. */
export type Several<One> = One | Iterable<One>;

/**
 * A measure: called with images, or fed with one after the other.
 *
 * ```ts
 * const measure = vRand.stream();
 * for await (const { prediction, truth } of slices) console.log(measure.add(prediction, truth).score);
 * console.log(measure.result().score); // all slices, pooled
 * ```
 */
export interface Measure<Prediction, Result, Options = object> {
  /**
   * @throws RangeError where there is no image, or prediction and truth differ in number or size
   */
  (prediction: Several<Prediction>, truth: Several<LabelImage>, options?: Options): Result;
  /** The same for images that are not at hand all at once. */
  stream(options?: Options): MeasureStream<Prediction, Result>;
  /**
   * The same in two steps: `count` reduces an image to the counts that the measure needs, without pixels, and
   * `pool` computes the result from those of any images. So each image is counted once, however many selections of
   * images are measured.
   *
   * ```ts
   * const parts = slices.map(({ prediction, truth }) => vRand.count(prediction, truth));
   * const without = parts.map((_, left) => vRand.pool(parts.filter((_, i) => i !== left)).score);
   * ```
   *
   * @throws RangeError where prediction and truth differ in size, or there is no part
   */
  count(prediction: Prediction, truth: LabelImage, options?: Options): unknown;
  pool(parts: readonly unknown[], options?: Options): Result;
}

/** What a measure has seen so far. It keeps counts of each image, never its pixels. */
export interface MeasureStream<Prediction, Result> {
  /** Takes one more image in; answers what the measure is of this one alone. */
  add(prediction: Prediction, truth: LabelImage): Result;
  /** What the measure is of all images so far, pooled. */
  result(): Result;
}

/**
 * Makes a measure of its two steps.
 *
 * @param count what has to be known of one image
 * @param pool the result from that of all images, one or more
 */
/* @__NO_SIDE_EFFECTS__ */
export function measureOf<Prediction extends LabelImage | Image, Result, Options, Part>(
  name: string,
  count: (prediction: Prediction, truth: LabelImage, options: Options) => Part,
  pool: (parts: Part[], options: Options) => Result,
): Measure<Prediction, Result, Options> {
  const pooled = (parts: readonly unknown[], options = {} as Options) => {
    if (parts.length > 0) return pool(parts as Part[], options);
    throw new RangeError(`${name}: there is no image to measure; give one or more`);
  };
  const counted = (prediction: Prediction, truth: LabelImage, options = {} as Options) => {
    assertPair(prediction, truth, 0, name);
    return count(prediction, truth, options);
  };
  const start = (options = {} as Options): MeasureStream<Prediction, Result> => {
    const parts: Part[] = [];
    return {
      add(prediction, truth) {
        assertPair(prediction, truth, parts.length, name);
        const part = count(prediction, truth, options);
        parts.push(part);
        return pool([part], options);
      },
      result: () => pooled(parts, options),
    };
  };
  const measure = (prediction: Several<Prediction>, truth: Several<LabelImage>, options?: Options) => {
    const stream = start(options);
    for (const [predicted, expected] of pairUp(prediction, truth, name)) stream.add(predicted, expected);
    return stream.result();
  };
  const whole = Object.assign(measure, { stream: start, count: counted, pool: pooled });
  return Object.defineProperty(whole, "name", { value: name });
}

/**
 * Prediction and truth side by side, one pair at a time.
 *
 * @throws RangeError where they are of different number
 */
export function* pairUp<Prediction extends object>(
  prediction: Several<Prediction>,
  truth: Several<LabelImage>,
  where: string,
): Generator<[Prediction, LabelImage]> {
  const predictions = iteratorOf(prediction);
  const truths = iteratorOf(truth);
  for (let count = 0; ; count++) {
    const [predicted, expected] = [predictions.next(), truths.next()];
    if (predicted.done && expected.done) return;
    if (predicted.done || expected.done) {
      const counts = [count + rest(predicted, predictions), count + rest(expected, truths)];
      throw new RangeError(`${where}: ${counts[0]} predictions for ${counts[1]} truths; one each is needed`);
    }
    yield [predicted.value, expected.value];
  }
}

function iteratorOf<One extends object>(several: Several<One>): Iterator<One> {
  return (Symbol.iterator in several ? several : [several])[Symbol.iterator]();
}

function rest({ done }: IteratorResult<unknown>, iterator: Iterator<unknown>): number {
  let count = done ? 0 : 1;
  while (!done && !iterator.next().done) count++;
  return count;
}

/** @throws RangeError where data and sizes of either don't fit, or the sizes of both */
export function assertPair(
  prediction: LabelImage | Image,
  truth: LabelImage,
  index: number,
  where: string,
): void {
  if ("channels" in prediction) assertImage(prediction, where);
  else assertLabels(prediction, where);
  assertLabels(truth, where);
  if (prediction.width === truth.width && prediction.height === truth.height) return;
  throw new RangeError(
    `${where}: image ${index} is ${prediction.width} × ${prediction.height} in the prediction and ${truth.width} × ${truth.height} in the truth`,
  );
}
