import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Image, type Normalisation, normalisations } from "@unet/image";
import { type Activation, activate, activations } from "../network/activation.js";
import { asPredictor } from "../network/as-predictor.js";
import type { OnnxNetwork } from "../network/onnx.js";
import type { Predictor, TileBatch } from "../network/predictor.js";
import { blendingSink, planBlended } from "./blend.js";
import { partScales } from "./normalise-parts.js";
import { pipeline } from "./pipeline.js";
import { type PlannedTile, planTiles } from "./plan-tiles.js";
import { memorySink, type TileSink } from "./sink.js";
import { asSource, orAborted, readNormalised, type WindowedSource, withChannels } from "./source.js";

/** Options of {@link predictTiled}. */
export interface PredictTiledOptions {
  /** Side of a tile's input, px, or its width and height. Default: by `memory`. */
  tileSize?: number | { width: number; height: number };
  /** Bytes that the computation may take at its peak, weights left out. Default 1 GiB. */
  memory?: number;
  /**
   * What is done with logits: `"softmax"` over the classes (default; of a single class the sigmoid),
   * `"sigmoid"` of each class, or nothing. Networks that end in one of these are left as they are.
   */
  activation?: Activation;
  /**
   * `"gaussian"`: average tiles that overlap by half with Gaussian weights, for networks with layers whose
   * output depends on the whole input (instance or layer normalisation, global pooling, attention). It comes
   * near; memory grows with the image's width. Default: exact tiles only.
   */
  blend?: "gaussian";
  /** How the image is normalised. Default: as the model says of itself, `"none"` where it says nothing. */
  normalisation?: Normalisation;
  /**
   * `"grey"`: colours become grey where the model takes one channel. Without it three channels that are equal
   * everywhere do, and one channel becomes three where the model takes colours; that is the same picture.
   */
  channels?: "grey";
  /** Called once with each line that says what was changed of the image: its channels. */
  onNotice?: (notice: string) => void;
  signal?: AbortSignal;
  /** After each tile, and at the beginning for those that a sink has already. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** Pixels of input up to which tiles are computed together: small ones leave a GPU idle. */
const BATCH_PIXELS = 2 ** 18;

/**
 * Scores an image of any size by overlapping tiles (overlap-tile strategy, Ronneberger et al. 2015, figure
 * 2): each tile is given all the context that its output needs, mirrored where the image ends, and only
 * exact pixels are kept. The result equals one pass over the mirrored whole, without a seam.
 *
 * While tiles are computed, the next ones are read and the scores before them written: three batches are in
 * memory at a time, whatever the image's size. Normalisation uses statistics of the whole image.
 *
 * @param source an image, or a {@link WindowedSource} that is read window by window
 * @param predictor a model of layers, a session of ONNX Runtime with its geometry, neither of which is
 *   disposed, or a {@link Predictor}
 * @returns one channel a class, of the image's size; nothing where a `sink` takes the scores
 * @throws RangeError where the channels differ from the model's, a value is NaN or infinite, the tile's
 *   size is impossible, the memory does not suffice, or a layer depends on the whole image
 * @throws DOMException named `AbortError` after `signal`
 */
export function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  options?: PredictTiledOptions & { sink?: undefined },
): Promise<Image<Float32Array>>;
export function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  options: PredictTiledOptions & { sink: TileSink },
): Promise<void>;
export async function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  options: PredictTiledOptions & { sink?: TileSink } = {},
): Promise<unknown> {
  const { sink, signal } = options;
  const progress: Progress = { done: 0, total: 0 };
  let result: unknown;
  try {
    result = await predictInto(sink, source, predictor, options, progress);
  } catch (error) {
    await sink?.close?.(false);
    if (!signal?.aborted) throw error;
    const { done, total } = progress;
    throw new DOMException(`predictTiled: stopped after ${done} of ${total} tiles`, "AbortError");
  }
  await sink?.close?.(true);
  return result;
}

/** Tiles. */
interface Progress {
  done: number;
  total: number;
}

/** Predicts into the sink, or into an image in memory, which it returns. */
async function predictInto(
  given: TileSink | undefined,
  source: Image | WindowedSource,
  predictor: LayersModel | OnnxNetwork | Predictor,
  options: PredictTiledOptions,
  progress: Progress,
): Promise<Image<Float32Array> | undefined> {
  const { signal, onProgress, blend } = options;
  if (blend !== undefined) assertOneOf("blend", blend, ["gaussian"]);
  const network = asPredictor(predictor, { approximate: blend === "gaussian" });
  const { activation = "softmax", normalisation = network.normalisation ?? "none" } = options;
  const image = withChannels(asSource(source), network.channels, options);
  assertOneOf("activation", activation, activations);
  assertOneOf("normalisation", normalisation, normalisations);

  const memory = given ? undefined : memorySink(image.width, image.height, network.classes);
  const target = given ?? memory!;
  const budget = { ...options, ...needsOf(network), block: target.block };
  const blended = blend && planBlended(image, network.geometry, budget);
  const tiles = blended?.tiles ?? planTiles(image, network.geometry, budget);
  const size = { width: image.width, height: image.height, channels: network.classes };
  const sink = blended ? blendingSink(target, size, blended) : target;

  signal?.throwIfAborted();
  const left: PlannedTile[] = [];
  for (const tile of tiles) if (!(await sink.has?.(tile.output))) left.push(tile);
  progress.total = tiles.length;
  progress.done = tiles.length - left.length;
  if (progress.done > 0) onProgress?.({ ...progress });
  if (left.length === 0) return memory?.image;

  const scales = await partScales(image, normalisation, signal);
  const read = async (batch: PlannedTile[]): Promise<TileBatch> => {
    signal?.throwIfAborted();
    const [{ width, height }] = batch.map(({ input }) => input);
    const positions = batch.map(({ input }) => ({ x: input.x, y: input.y }));
    const parts = batch.map(({ input }) => readNormalised(image, input, scales, signal));
    const data = joined(await orAborted(Promise.all(parts), signal));
    return { count: batch.length, width, height, channels: image.channels, data, positions };
  };
  const compute = (tiles: TileBatch) => network.predict(tiles);
  const activated = network.gives === "scores" ? "none" : activation;
  let output: Image<Float32Array> | undefined;
  const write = async (batch: PlannedTile[], scores: Float32Array): Promise<void> => {
    for (const [index, tile] of batch.entries()) {
      signal?.throwIfAborted();
      output = takeOutput(scores, index, tile, network, activated, output?.data);
      await sink.write(tile.output, output);
      progress.done++;
      onProgress?.({ ...progress });
    }
  };
  await pipeline(batchesOf(left, budget), { read, compute, write }, signal);
  return memory?.image;
}

/**
 * What a pixel of a tile takes in all: in the network, and read, normalised and written beside it, as much again
 * being garbage that is not collected yet.
 */
function needsOf({ bytesPerPixel = 3000, maxPixels, channels, classes }: Predictor) {
  return { bytesPerPixel: bytesPerPixel + 2 * 4 * (4 * channels + 3 * classes), maxPixels };
}

/** Neighbouring tiles of one size, in batches that are small and within the memory. */
function batchesOf(
  tiles: PlannedTile[],
  {
    memory = Infinity,
    bytesPerPixel,
    maxPixels = Infinity,
  }: ReturnType<typeof needsOf> & { memory?: number },
): PlannedTile[][] {
  const most = Math.min(BATCH_PIXELS, memory / bytesPerPixel, maxPixels);
  const batches: PlannedTile[][] = [];
  for (const tile of tiles) {
    const { width, height } = tile.input;
    const batch = batches.at(-1);
    const fits =
      batch?.[0].input.width === width &&
      batch[0].input.height === height &&
      (batch.length + 1) * width * height <= most;
    if (fits) batch.push(tile);
    else batches.push([tile]);
  }
  return batches;
}

function joined(parts: Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.length * parts[0].length);
  for (const [i, part] of parts.entries()) all.set(part, i * part.length);
  return all;
}

/** Scores of the part that a tile answers for, in `memory` where it is of the right size. */
function takeOutput(
  scores: Float32Array,
  index: number,
  { input, output }: PlannedTile,
  { geometry, classes }: Predictor,
  activation: Activation,
  memory?: Float32Array,
): Image<Float32Array> {
  const skip = output.x - input.x - (geometry.padding === "valid" ? geometry.margin : 0);
  const stride = geometry.outputSize(input.width) * classes;
  const first = index * stride * geometry.outputSize(input.height);
  const { width, height } = output;
  const size = width * height * classes;
  const data = memory?.length === size ? memory : new Float32Array(size);
  for (let y = 0; y < height; y++) {
    const from = first + (y + skip) * stride + skip * classes;
    const row = data.subarray(y * width * classes, (y + 1) * width * classes);
    row.set(scores.subarray(from, from + width * classes));
    // Row by row, while it is in the processor's cache.
    activate(row, classes, activation);
  }
  return { width, height, channels: classes, data };
}

function assertOneOf(option: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(`predictTiled: ${option} must be one of ${allowed.join(", ")}, got "${value}"`);
}
