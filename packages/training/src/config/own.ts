import { randomAt } from "@unet/image";
import type { PixelLoss } from "@unet/loss";
import { measureNames, type RunMeasure } from "../evaluation/measure.js";
import type { SegmentedImage } from "../evaluation/segmented-image.js";
import { lossNames, termsOf } from "../optimisation/loss.js";
import type { Tile } from "../samples/tile.js";
import type { TrainingConfig } from "./config.js";

/**
 * Parts of a training that the caller brings, by names that the configuration uses: it stays plain JSON, and `resume` asks
 * for them again.
 *
 * ```ts
 * await train({
 *   model, samples,
 *   own: { losses: { mine: (logits, labels, weights) => myLoss(logits, labels, weights) } },
 *   config: { loss: "mine + 0.5 * dice" },
 * });
 * ```
 */
export interface OwnParts {
  /** For `config.loss`: logits `[batch, height, width, classes]`, int32 labels and weights `[batch, height, width]`. */
  losses?: Record<string, PixelLoss>;
  /** For `config.measure`. */
  measures?: Record<string, OwnMeasure>;
  /** For `config.augmentations`. */
  augmentations?: Record<string, OwnAugmentation>;
}

/**
 * A measure over images, of which small counts are kept and never the images.
 *
 * ```ts
 * const missed: OwnMeasure<number> = {
 *   better: "lower",
 *   count: ({ objects, trueObjects }) => Math.abs(Math.max(...objects.data) - Math.max(...trueObjects.data)),
 * };
 * ```
 */
export interface OwnMeasure<Counts = unknown> {
  better: "higher" | "lower";
  /** Counts of an image, which are kept instead of the image. */
  count(image: SegmentedImage): Counts;
  /** The measure of all images, from the counts of each. Default: their mean. */
  pool?(counts: Counts[]): number;
}

/**
 * Changes a tile before it is learnt from; called on the thread that trains.
 *
 * @param tile may be changed in place
 * @param random uniform numbers in [0, 1) that depend on the run's seed, the number of the tile and the name alone, so that
 *   a run that takes all its randomness from there resumes to the bit
 * @returns a tile of the same sizes
 */
export type OwnAugmentation = (tile: Tile, random: () => number) => Tile | Promise<Tile>;

/** The caller's measures in the form of the built-in ones. */
export function measuresOf({ measures = {} }: OwnParts): Record<string, RunMeasure> {
  return Object.fromEntries(
    Object.entries(measures).map(([name, { better, count, pool = mean }]) => {
      const start = () => {
        const counts: unknown[] = [];
        return { add: (image: SegmentedImage) => void counts.push(count(image)), value: () => pool(counts) };
      };
      return [name, { better, start }];
    }),
  );
}

/** Applies the augmentations that are named, one after the other, to tile number `index`. */
export async function augmented(
  given: Tile,
  names: readonly string[],
  { augmentations = {} }: OwnParts,
  { seed, index }: { seed: number; index: number },
): Promise<Tile> {
  let tile = given;
  for (const name of names) {
    const changed = await augmentations[name](tile, randomAt(seed, `augmentation ${name}`, index));
    assertAlike(changed, tile, name);
    tile = changed;
  }
  return tile;
}

function assertAlike(changed: Tile, tile: Tile, name: string): void {
  for (const part of ["image", "labels", "weights"] as const) {
    const [found, right] = [changed?.[part], tile[part]];
    const fits =
      found?.width === right.width &&
      found.height === right.height &&
      found.data.length === right.data.length;
    if (fits) continue;
    throw new RangeError(
      `train: own.augmentations.${name} must return a tile of the same sizes; its ${part} was ${right.width} × ${right.height}, and is ${found ? `${found.width} × ${found.height}` : "missing"}`,
    );
  }
}

/** @throws RangeError where a name is taken already, or can't stand in a sum of losses */
export function assertOwn({ losses = {}, measures = {} }: OwnParts): void {
  for (const [kind, names, taken] of [
    ["losses", Object.keys(losses), lossNames],
    ["measures", Object.keys(measures), measureNames],
  ] as const) {
    for (const name of names) {
      if (taken.includes(name as never)) {
        throw new RangeError(`train: own.${kind} has "${name}", which is taken; give it another name`);
      }
      if (kind === "losses" && !/^[A-Za-z_]\w*$/.test(name)) {
        throw new RangeError(`train: own.losses has "${name}"; a name has letters, digits and _ only`);
      }
    }
  }
}

/**
 * Whether all parts are there that a run was trained with.
 *
 * @throws RangeError that names those that are not
 */
export function assertOwnAgain(
  run: string,
  { loss, measure, augmentations = [] }: Partial<TrainingConfig>,
  own: OwnParts,
): void {
  const losses = termsOf(loss ?? "").map(({ name }) => name);
  const missing = [
    ...losses
      .filter((name) => !lossNames.includes(name) && !own.losses?.[name])
      .map((name) => `losses.${name}`),
    ...[measure]
      .filter((name) => name && !measureNames.includes(name as never) && !own.measures?.[name])
      .map((name) => `measures.${name}`),
    ...augmentations.filter((name) => !own.augmentations?.[name]).map((name) => `augmentations.${name}`),
  ];
  if (missing.length === 0) return;
  const all = [...new Set(missing)].map((name) => `own.${name}`).join(", ");
  throw new RangeError(`resume: ${run} was trained with parts of its caller's own; give ${all} again`);
}

function mean(counts: unknown[]): number {
  return (counts as number[]).reduce((sum, count) => sum + count, 0) / counts.length;
}
