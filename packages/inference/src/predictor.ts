import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Normalisation } from "@unet/image";
import { modelGeometry } from "./geometry.js";
import { networkMemory } from "./network-memory.js";
import { isOnnxNetwork, type OnnxNetwork, onnxPredictor } from "./onnx.js";
import type { TileGeometry } from "./tiles.js";

/** Tiles of one size: `[count, height, width, channels]`, normalised. */
export interface TileBatch {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
  /** Where in the image each of them lies. */
  readonly positions: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}

/** Anything that scores tiles: one channel a class, as large as the geometry says. */
export interface Predictor {
  readonly geometry: TileGeometry;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels of the scores. */
  readonly classes: number;
  /** How images are to be normalised. Default `"none"`. */
  readonly normalisation?: Normalisation;
  /** Whether it gives logits (default), or scores to which no activation is to be applied any more. */
  readonly gives?: "logits" | "scores";
  /** Bytes that it takes for a pixel of a tile. Default 3000, about the paper's network. */
  readonly bytesPerPixel?: number;
  /** Pixels that all tiles of a batch may have together. Default: any number. */
  readonly maxPixels?: number;
  /** Logits or scores of each tile, `[count, height', width', classes]`. */
  predict(tiles: TileBatch): Promise<Float32Array>;
}

/**
 * A model of layers, or a session of ONNX Runtime, as a {@link Predictor}. Neither is disposed.
 *
 * @param options `approximate`: accept layers whose output depends on the whole input. Default false
 */
export function asPredictor(
  network: LayersModel | OnnxNetwork | Predictor,
  { approximate = false }: { approximate?: boolean } = {},
): Predictor {
  if (isOnnxNetwork(network)) return onnxPredictor(network);
  if ("geometry" in network) return network;
  const [last] = network.outputLayers;
  const ending = last.getClassName() === "Softmax" ? "softmax" : last.getConfig().activation;
  const metadata = network.getUserDefinedMetadata() as { normalisation?: Normalisation } | undefined;
  return {
    geometry: modelGeometry(network, { approximate }),
    channels: network.inputs[0].shape.at(-1) as number,
    classes: network.outputs[0].shape.at(-1) as number,
    normalisation: metadata?.normalisation,
    gives: ending === "softmax" || ending === "sigmoid" ? "scores" : "logits",
    ...networkMemory(network),
    async predict({ count, width, height, channels, data }) {
      const scores = tf.tidy(
        () => network.predictOnBatch(tf.tensor4d(data, [count, height, width, channels])) as tf.Tensor,
      );
      try {
        return (await scores.data()) as Float32Array;
      } finally {
        scores.dispose();
      }
    },
  };
}
