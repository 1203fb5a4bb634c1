import { randomAt } from "@unet/image";
import type { Dataset } from "./dataset.js";
import { subset } from "./subset.js";

/** How {@link split} divides: by the part, the indices or the names of the samples that are held out. */
export type SplitOptions =
  | { fraction: number; seed?: number; mix?: boolean }
  | { indices: readonly number[] }
  | { names: readonly string[] };

/**
 * Divides a data set into what to train on and what to hold out.
 *
 * By `fraction`, at least one sample is on each side. Samples are drawn at random (by `seed`, default 0), but
 * a sequence or stack ({@link Dataset.sequential}) loses one block at its start or end, because a frame
 * between two training frames would be no test; `mix: true` draws from it like from any other.
 *
 * @returns `[train, heldOut]`, each in the data set's order
 * @throws RangeError if the fraction is not between 0 and 1, an index or name is unknown, or a side is empty
 */
export function split(dataset: Dataset, options: SplitOptions): [train: Dataset, heldOut: Dataset] {
  const held = new Set(heldOut(dataset, options));
  const all = Array.from({ length: dataset.length }, (_, index) => index);
  for (const index of held) {
    if (!(index in all)) throw new RangeError(`split: there is no sample ${index} in 0 … ${all.length - 1}`);
  }
  if (held.size === 0 || held.size === all.length) {
    throw new RangeError(
      `split: ${held.size} of ${all.length} samples would be held out; both sides need at least one`,
    );
  }
  return [
    subset(
      dataset,
      all.filter((i) => !held.has(i)),
    ),
    subset(
      dataset,
      all.filter((i) => held.has(i)),
    ),
  ];
}

/**
 * The k divisions of k-fold cross-validation: every sample is held out once. Sequences are cut into k blocks,
 * others are drawn at random, as in {@link split}.
 *
 * @throws RangeError if `k` is not an integer in 2 … dataset.length
 */
export function folds(
  dataset: Dataset,
  { k, seed = 0, mix = false }: { k: number; seed?: number; mix?: boolean },
): [train: Dataset, heldOut: Dataset][] {
  const { length } = dataset;
  if (!Number.isInteger(k) || k < 2 || k > length) {
    throw new RangeError(`folds: k must be an integer in 2 … ${length}, got ${k}`);
  }
  const order = orderOf(dataset, seed, mix);
  return Array.from({ length: k }, (_, fold) => {
    const indices = order.slice(Math.floor((fold * length) / k), Math.floor(((fold + 1) * length) / k));
    return split(dataset, { indices });
  });
}

function heldOut(dataset: Dataset, options: SplitOptions): readonly number[] {
  if ("indices" in options) return options.indices;
  if ("names" in options) {
    return options.names.map((name) => {
      const index = dataset.names?.indexOf(name) ?? -1;
      if (index >= 0) return index;
      throw new RangeError(`split: there is no sample "${name}"${known(dataset)}`);
    });
  }
  const { fraction, seed = 0, mix = false } = options;
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`split: fraction must be between 0 and 1, got ${fraction}`);
  }
  const count = Math.min(Math.max(Math.round(fraction * dataset.length), 1), dataset.length - 1);
  const order = orderOf(dataset, seed, mix);
  const fromEnd = randomAt(seed, "split/side", 0)() < 0.5;
  return fromEnd ? order.slice(order.length - count) : order.slice(0, count);
}

/** The samples' indices, shuffled (Fisher and Yates) unless they follow each other. */
function orderOf(dataset: Dataset, seed: number, mix: boolean): number[] {
  const order = Array.from({ length: dataset.length }, (_, index) => index);
  if (dataset.sequential && !mix) return order;
  const uniform = randomAt(seed, "split", 0);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function known({ names }: Dataset): string {
  if (!names) return "; this data set's samples have no names before they are read: give indices";
  return `; there are ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
}
