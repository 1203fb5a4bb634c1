import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { applyScales, type Image, type Normalisation, normalisations, type Rect } from "@unet/image";
import { modelGeometry } from "./geometry.js";
import { scalesOfSource } from "./scales.js";
import { asSource, readMirrored, type WindowedSource } from "./source.js";
import { planTiles, type Tile, type TileGeometry } from "./tiles.js";

/** Takes the scores of one part of the image after another; together they cover it exactly once. */
export interface TileSink {
  write(rect: Rect, scores: Image<Float32Array>): Promise<void> | void;
}

/** Anything that scores a tile: one channel a class, as large as the geometry says. */
export interface Predictor {
  readonly geometry: TileGeometry;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels of the scores. */
  readonly classes: number;
  /** Logits of a normalised tile of `[height, width, channels]`, channels interleaved. */
  predict(tile: Image<Float32Array>): Promise<Float32Array>;
}

/** Options of {@link predictTiled}. */
export interface PredictTiledOptions {
  /** Side of a tile's input, px, or its width and height. Default: by `memory`. */
  tileSize?: number | { width: number; height: number };
  /** Bytes that one tile's computation may take. Default 1 GiB. */
  memory?: number;
  /** What is done with the logits: `"softmax"` over the classes (default), or nothing. */
  activation?: "softmax" | "none";
  /** How the image is normalised. Default: as the model says of itself, `"none"` where it says nothing. */
  normalisation?: Normalisation;
  signal?: AbortSignal;
  /** After each tile. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/**
 * Scores an image of any size by overlapping tiles (overlap-tile strategy, Ronneberger et al. 2015, figure
 * 2): each tile is given all the context that its output needs, mirrored where the image ends, and only
 * exact pixels are kept. The result equals one pass over the mirrored whole, without a seam.
 *
 * The next tile is read while the backend computes. Normalisation uses statistics of the whole image.
 *
 * @param source an image, or a {@link WindowedSource} that is read window by window
 * @param predictor a model of layers, which is not disposed, or a {@link Predictor}
 * @returns one channel a class, of the image's size; nothing where a `sink` takes the scores
 * @throws RangeError where the channels differ from the model's, a value is NaN or infinite, the tile's
 *   size is impossible, or a layer depends on the whole image
 * @throws DOMException named `AbortError` after `signal`
 */
export function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | Predictor,
  options?: PredictTiledOptions & { sink?: undefined },
): Promise<Image<Float32Array>>;
export function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | Predictor,
  options: PredictTiledOptions & { sink: TileSink },
): Promise<void>;
export async function predictTiled(
  source: Image | WindowedSource,
  predictor: LayersModel | Predictor,
  options: PredictTiledOptions & { sink?: TileSink } = {},
): Promise<unknown> {
  const { activation = "softmax", signal, onProgress, sink } = options;
  const image = asSource(source);
  const network = "predict" in predictor && "geometry" in predictor ? predictor : asPredictor(predictor);
  assertChannels(image, network);
  if (activation !== "softmax" && activation !== "none") {
    throw new RangeError(`predictTiled: activation must be "softmax" or "none", got "${activation}"`);
  }
  const normalisation = options.normalisation ?? storedNormalisation(predictor);
  if (!normalisations.includes(normalisation)) {
    throw new RangeError(
      `predictTiled: normalisation must be one of ${normalisations.join(", ")}, got "${normalisation}"`,
    );
  }
  const tiles = planTiles(image, network.geometry, options);
  const scales = await scalesOfSource(image, normalisation);
  const memory = sink ? undefined : memorySink(image.width, image.height, network.classes);

  const read = async (tile: Tile) => applyScales(await readMirrored(image, tile.input), scales);
  let next = read(tiles[0]);
  for (const [index, tile] of tiles.entries()) {
    signal?.throwIfAborted();
    const input = await next;
    const scored = network.predict(input);
    if (index + 1 < tiles.length) {
      next = read(tiles[index + 1]);
      // If this tile fails, nobody waits for the next one.
      next.catch(() => {});
    }
    const output = takeOutput(await scored, tile, network);
    if (activation === "softmax") softmax(output);
    await (sink ?? memory!).write(tile.output, output);
    onProgress?.({ done: index + 1, total: tiles.length });
    // Synchronous backends would starve timers and signals otherwise.
    if (tiles.length > 1) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return memory?.image;
}

/** A model of layers as a {@link Predictor}; the model is not disposed. */
export function asPredictor(model: LayersModel): Predictor {
  return {
    geometry: modelGeometry(model),
    channels: model.inputs[0].shape.at(-1) as number,
    classes: model.outputs[0].shape.at(-1) as number,
    async predict({ width, height, channels, data }) {
      const scores = tf.tidy(
        () => model.predict(tf.tensor4d(data, [1, height, width, channels])) as tf.Tensor,
      );
      try {
        return (await scores.data()) as Float32Array;
      } finally {
        scores.dispose();
      }
    },
  };
}

function storedNormalisation(predictor: LayersModel | Predictor): Normalisation {
  if (!("getUserDefinedMetadata" in predictor)) return "none";
  const metadata = predictor.getUserDefinedMetadata() as { normalisation?: Normalisation } | undefined;
  return metadata?.normalisation ?? "none";
}

function assertChannels(image: WindowedSource, { channels }: Predictor): void {
  if (image.channels === channels) return;
  throw new RangeError(
    `predictTiled: the image has ${image.channels} channel${image.channels === 1 ? "" : "s"}, but the model takes ${channels}; convert the image or use a model made for it`,
  );
}

/** The part of a tile's scores that the tile answers for. */
function takeOutput(
  scores: Float32Array,
  { input, output }: Tile,
  { geometry, classes }: Predictor,
): Image<Float32Array> {
  const skip = geometry.padding === "valid" ? 0 : geometry.margin;
  const stride = geometry.outputSize(input.width) * classes;
  const { width, height } = output;
  const data = new Float32Array(width * height * classes);
  for (let y = 0; y < height; y++) {
    const from = (y + skip) * stride + skip * classes;
    data.set(scores.subarray(from, from + width * classes), y * width * classes);
  }
  return { width, height, channels: classes, data };
}

function softmax({ channels, data }: Image<Float32Array>): void {
  for (let i = 0; i < data.length; i += channels) {
    let largest = data[i];
    for (let c = 1; c < channels; c++) if (data[i + c] > largest) largest = data[i + c];
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      data[i + c] = Math.exp(data[i + c] - largest);
      sum += data[i + c];
    }
    for (let c = 0; c < channels; c++) data[i + c] /= sum;
  }
}

function memorySink(
  width: number,
  height: number,
  channels: number,
): TileSink & { image: Image<Float32Array> } {
  const data = new Float32Array(width * height * channels);
  return {
    image: { width, height, channels, data },
    write(rect, scores) {
      const row = rect.width * channels;
      for (let y = 0; y < rect.height; y++) {
        data.set(scores.data.subarray(y * row, (y + 1) * row), ((rect.y + y) * width + rect.x) * channels);
      }
    },
  };
}
