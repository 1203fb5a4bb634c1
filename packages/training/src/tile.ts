import { deformTile, drawCentre } from "@unet/augmentation";
import { type Image, type LabelImage, randomAt } from "@unet/image";
import type { AugmentationConfig } from "./config.js";
import type { PreparedSample } from "./prepare.js";

/** What one training step learns from: the network's input, and the truth where it has an output. */
export interface Tile {
  image: Image<Float32Array>;
  labels: LabelImage;
  weights: Image<Float32Array>;
}

/** Which tile {@link cutTile} cuts; the same `seed` and `index` give the same tile. */
export interface TileOptions {
  /** Sides of the network's input and output, px. */
  inputSize: number;
  outputSize: number;
  seed: number;
  index: number;
  augmentation: AugmentationConfig;
}

/** Tile `index` of a run: centred anywhere on the mirrored plane, deformed unless `augmentation` is false. */
export function cutTile(sample: PreparedSample, options: TileOptions): Tile {
  const { augmentation, seed, index } = options;
  const centre = drawCentre(sample.image, { seed, index });
  const { image, labels, weights } = deformTile(sample, { ...options, ...(augmentation || PLAIN), centre });
  return { image, labels, weights: weights as Image<Float32Array> };
}

/** Everything off that `deformTile` does beyond cutting. */
const PLAIN = { elastic: false, rotation: false, flips: false, greyValues: false } as const;

/**
 * Which of `count` samples each step takes: every sample once an epoch, in an order drawn anew for each
 * epoch from `seed`.
 */
export function sampleOrder(count: number, seed: number): (step: number) => number {
  let epoch = -1;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  return (step) => {
    const wanted = Math.floor(step / count);
    if (wanted !== epoch) {
      epoch = wanted;
      shuffle(order, randomAt(seed, "samples", epoch));
    }
    return order[step % count];
  };
}

/** Fisher and Yates, from the identity, so that an epoch's order depends on its own generator alone. */
function shuffle(order: Int32Array, random: () => number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}
