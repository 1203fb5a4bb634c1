import type { CutTileOptions } from "@unet/augmentation";
import type { Normalisation } from "@unet/image";

/** How to train. Every field has a default, the paper's where it names one (section 3). */
export interface TrainingConfig {
  /** Optimiser steps, one tile each. Default 1000. */
  steps: number;
  /** Side of a tile's input, px; a size that the network takes. Default: output of at most 388 px. */
  tileSize?: number;
  /** Step size of stochastic gradient descent. Default 1e-3. */
  learningRate: number;
  /** Share of the last step's update that is kept. Default 0.99, as in the paper. */
  momentum: number;
  /** How grey values are brought to a common scale; stored with the model. Default `"z-score"`. */
  normalisation: Normalisation;
  /** Height of the weight map's border term. Default 10; 0 switches it off. */
  w0: number;
  /** Width of the weight map's border term, px. Default 5. */
  sigma: number;
  /** The class of each instance by its number, where not every instance is of class 1. */
  classOf?: Record<number, number>;
  /** What the classes are called; stored with the model. */
  classNames?: string[];
  /** How tiles are deformed and their grey values changed. Default: everything the paper does. */
  augmentation: AugmentationConfig;
  /** Steps between checkpoints, where the run has a folder. Default 500. */
  checkpointEvery: number;
  /** Steps between evaluations on the validation samples; 0 evaluates at the end only. Default 0. */
  validateEvery: number;
}

/** The part of {@link CutTileOptions} that stays the same over a run; `false` cuts plain tiles. */
export type AugmentationConfig = false | Omit<CutTileOptions, "inputSize" | "outputSize" | "seed" | "index">;

/** The defaults of {@link TrainingConfig}. */
export const defaultConfig: TrainingConfig = {
  steps: 1000,
  learningRate: 1e-3,
  momentum: 0.99,
  normalisation: "z-score",
  w0: 10,
  sigma: 5,
  augmentation: {},
  checkpointEvery: 500,
  validateEvery: 0,
};

/**
 * Fills what `config` leaves out.
 *
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function resolveConfig(config: Partial<TrainingConfig>): TrainingConfig {
  const known = new Set([...Object.keys(defaultConfig), "tileSize", "classOf", "classNames"]);
  for (const name of Object.keys(config)) {
    if (!known.has(name)) {
      throw new RangeError(`train: config has no field "${name}"; it knows ${[...known].sort().join(", ")}`);
    }
  }
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const resolved: TrainingConfig = { ...defaultConfig, ...given };
  check(resolved, "steps", (n) => Number.isInteger(n) && n >= 1, "a whole number of at least 1");
  check(resolved, "learningRate", (n) => n > 0 && Number.isFinite(n), "a positive number");
  check(resolved, "momentum", (n) => n >= 0 && n < 1, "a number from 0 to below 1");
  check(resolved, "w0", (n) => n >= 0 && Number.isFinite(n), "0 or a positive number");
  check(resolved, "sigma", (n) => n > 0 && Number.isFinite(n), "a positive number of pixels");
  check(resolved, "checkpointEvery", (n) => Number.isInteger(n) && n >= 1, "a whole number of at least 1");
  check(resolved, "validateEvery", (n) => Number.isInteger(n) && n >= 0, "0 or a whole number of steps");
  return resolved;
}

type NumberField =
  | "steps"
  | "learningRate"
  | "momentum"
  | "w0"
  | "sigma"
  | "checkpointEvery"
  | "validateEvery";

function check(
  config: TrainingConfig,
  name: NumberField,
  valid: (n: number) => boolean,
  right: string,
): void {
  const value = config[name];
  if (typeof value !== "number" || !valid(value)) {
    throw new RangeError(`train: config.${name} must be ${right}, got ${value}`);
  }
}
