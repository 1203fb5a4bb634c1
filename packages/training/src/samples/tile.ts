import { type CutTileOptions, tileStream } from "@unet/augmentation";
import type { Image, LabelImage } from "@unet/image";
import type { AugmentationConfig } from "../config/config.js";
import type { PreparedSamples } from "./prepare.js";

/** What one training step learns from: the network's input, and the truth where it has an output. */
export interface Tile {
  image: Image<Float32Array>;
  labels: LabelImage;
  weights: Image<Float32Array>;
}

/** Which tiles {@link trainingTiles} gives. */
export interface TrainingTilesOptions extends Pick<CutTileOptions, "inputSize" | "outputSize" | "seed"> {
  augmentation: AugmentationConfig;
  /** Number of the first tile. */
  startIndex: number;
  /** Memory for prepared samples that are kept, in bytes. Default 1 GiB. */
  keepBytes?: number;
  /** Threads that make tiles; 0 makes them on this one. */
  workers?: number;
  /** Is told where no thread starts, and this one makes the tiles. */
  onNotice?: (notice: string) => void;
}

/** The tiles of a run, one a step: deformed unless `augmentation` is false. */
export function trainingTiles(
  samples: PreparedSamples,
  { augmentation, ...options }: TrainingTilesOptions,
): AsyncGenerator<Tile, void, undefined> {
  // prepared samples have weights, so their tiles do
  return tileStream(samples, { ...options, ...(augmentation || plainTiles) }) as AsyncGenerator<Tile, void>;
}

/** Everything off that `deformTile` does beyond cutting. */
export const plainTiles = { elastic: false, rotation: false, flips: false, greyValues: false } as const;
