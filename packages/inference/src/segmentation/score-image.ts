import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Image, type Normalisation, normalise, type Size, scaledSize } from "@unet/image";
import { asPredictor } from "../network/as-predictor.js";
import type { OnnxNetwork } from "../network/onnx.js";
import type { Predictor } from "../network/predictor.js";
import { type PredictTiledOptions, predictTiled } from "../prediction/predict-tiled.js";
import { resized } from "../prediction/resized.js";
import { memorySink, type TileSink } from "../prediction/sink.js";
import { asSource, type WindowedSource, withChannels } from "../prediction/source.js";
import { withSymmetries } from "../test-time-augmentation/symmetries.js";
import { checkTask, type Task } from "./task.js";

/**
 * The score of each pixel, as a task asks for it: the image is resized by the task's scale, predicted, the classes are
 * weighted by `task.out.score`, and the map is brought back to the image's size. With `task.symmetries` it is the mean over
 * the image turned and mirrored in all 8 ways.
 *
 * ```ts
 * const task = taskOf(model) ?? plainTask;
 * const cells = labelScores(await scoreImage(image, model, task), task.out);
 * ```
 *
 * Normalisation uses statistics of the resized image, as in training.
 *
 * @param source as for `predictTiled`
 * @returns one channel, of the image's size
 * @throws RangeError where the task doesn't fit the network's classes, and as `predictTiled`
 */
export async function scoreImage(
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  task: Task,
  options: PredictTiledOptions = {},
): Promise<Image<Float32Array>> {
  const image = asSource(source);
  const seen = scaledSize(image, task.scale);
  const sink = memorySink(seen.width, seen.height, 1);
  await scoreTiled(image, predictor, { ...task, aim: "instances" }, sink, options);
  return wholeOf(resized(sink.image, image), options.signal);
}

/**
 * {@link scoreImage} for any size, but for the way back: the scores as the network sees the image, of
 * {@link scoreSize}, into a sink. `resized(scores, image)` then has the image's size, read by window.
 *
 * A task of more than two classes keeps them all, one channel each.
 */
export async function scoreTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  task: Task,
  sink: TileSink,
  options: PredictTiledOptions = {},
): Promise<void> {
  let network: Predictor;
  let seen: WindowedSource;
  const { normalisation } = options;
  try {
    network = asPredictor(predictor, { approximate: options.blend === "gaussian" });
    checkTask(task, network.classes, "the ");
    if (task.symmetries) network = withSymmetries(network, options);
    const image = withChannels(asSource(source), network.channels, options);
    const method = normalisation ?? network.normalisation;
    seen = resized(beforeResizing(image, method, task), scaledSize(image, task.scale));
  } catch (error) {
    await sink.close?.(false);
    throw error;
  }
  const weights = isOfClasses(task) ? undefined : task.out.score;
  await predictTiled(seen, network, { ...options, sink: weights ? weighting(sink, weights) : sink });
}

/** The weighted sum of a source's channels, as one: what {@link scoreTiled} makes of the classes, of scores that are kept. */
export function weightedSource(source: WindowedSource, weights: readonly number[]): WindowedSource {
  const { width, height, block } = source;
  const read: WindowedSource["read"] = async (rect, options) =>
    weighted(await source.read(rect, options), weights);
  return { width, height, channels: 1, block, read };
}

/** Size and channels of what {@link scoreTiled} writes. */
export function scoreSize(image: Size, task: Task): Size & { channels: number } {
  return { ...scaledSize(image, task.scale), channels: isOfClasses(task) ? task.out.score.length : 1 };
}

/** Whether the likeliest of several classes is wanted, and not one score. */
export function isOfClasses({ aim, out }: Task): boolean {
  return aim === "classes" && out.score.length > 2;
}

/** All of a source, in memory. */
export async function wholeOf(source: WindowedSource, signal?: AbortSignal): Promise<Image<Float32Array>> {
  const { width, height } = source;
  const { channels, data } = await source.read({ x: 0, y: 0, width, height }, { signal });
  return { width, height, channels, data: data as Float32Array };
}

/** `"range"` goes by the number type, which resizing changes, so it comes first. */
function beforeResizing(
  source: WindowedSource,
  normalisation: Normalisation | undefined,
  { scale }: Task,
): WindowedSource {
  if (normalisation !== "range" || scale === 1) return source;
  const { width, height, channels, block } = source;
  const read: WindowedSource["read"] = async (rect, options) =>
    normalise(await source.read(rect, options), "range");
  return { width, height, channels, block, read };
}

/** Hands on the weighted sum of the classes. */
function weighting(sink: TileSink, weights: number[]): TileSink {
  return {
    block: sink.block,
    has: sink.has && ((rect) => sink.has!(rect)),
    write: (rect, scores) => sink.write(rect, weighted(scores, weights)),
    close: (complete) => sink.close?.(complete),
  };
}

function weighted({ width, height, data }: Image, weights: readonly number[]): Image<Float32Array> {
  const out = new Float32Array(width * height);
  for (let i = 0, from = 0; i < out.length; i++) {
    let sum = 0;
    for (const weight of weights) sum += weight * data[from++];
    out[i] = sum;
  }
  return { width, height, channels: 1, data: out };
}
