import type { Normalisation, TileGeometry } from "@unet/image";

import type { Task } from "../segmentation/task.js";

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
  /** What it is for, where that is known. */
  readonly task?: Task;
  /** Whether it gives logits (default), or scores to which no activation is to be applied any more. */
  readonly gives?: "logits" | "scores";
  /** Bytes that it takes for a pixel of a tile. Default 3000, about the paper's network. */
  readonly bytesPerPixel?: number;
  /** Pixels that all tiles of a batch may have together. Default: any number. */
  readonly maxPixels?: number;
  /** Logits or scores of each tile, `[count, height', width', classes]`. */
  predict(tiles: TileBatch): Promise<Float32Array>;
}
