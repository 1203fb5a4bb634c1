import type { CutTileOptions } from "@unet/augmentation";
import type { Normalisation } from "@unet/image";
import type { Task } from "@unet/inference";
import type { MeasureName } from "../evaluation/measure.js";

/** How to train. Every field has a default, the paper's where it names one (section 3). */
export interface TrainingConfig {
  /**
   * Optimiser steps, over which the schedule runs. Default 1000; where `minutes` are given 0: as many as fit, fixed once by
   * the pace of the first ten, and a setting like any other from then on.
   */
  steps: number;
  /**
   * Wall-clock time, evaluations counted in. Beside `steps` the run ends after it even if steps are left; a resumed run
   * goes on counting. Without, it only says how many steps there are, and is 0 once that is fixed. Default 0: no limit.
   */
  minutes: number;
  /**
   * Side of a tile's input, px; a size that the network takes. Default: output of at most 388 px, no more than
   * the first image has, and less where the machine's memory asks for it.
   */
  tileSize?: number;
  /** Tiles a step, whose gradients are averaged; the memory is that of one. Default 1, as in the paper. */
  accumulate: number;
  /** `"sgd"` with momentum (default, as in the paper), `"adam"`, or `"adamw"` with weight decay of its own. */
  optimizer: "sgd" | "adam" | "adamw";
  /** Step size, the largest that the schedule reaches. Default 1e-3. */
  learningRate: number;
  /** Share of the last step's update that `"sgd"` keeps. Default 0.99, as in the paper. */
  momentum: number;
  /** Weight decay per step, multiplied by the learning rate. Default 0. */
  weightDecay: number;
  /** Length to which the gradient of all weights together is shortened where it is longer; 0 (default): never. */
  clipNorm: number;
  /** How the learning rate changes over the steps, see `rateAt`. Default `"constant"`. */
  schedule: "constant" | "step" | "cosine" | "one-cycle";
  /**
   * Steps over which the rate rises to `learningRate`. Default 0; for `"one-cycle"` 30 % of the steps; 10 where `minutes`
   * fix the number of steps.
   */
  warmup?: number;
  /** Steps after which the rate of `"step"` falls. Default: a third of those after the warm-up. */
  decayEvery?: number;
  /** Factor by which `"step"` lowers the rate each time. Default 0.1. */
  decayFactor: number;
  /**
   * Decay of a moving average of the weights, such as 0.999, which is then evaluated and saved as the model;
   * 0 (default): none.
   */
  average: number;
  /** Levels that keep their weights: `enc0` … `bottom` … `dec0`, `head`. Default: none. */
  freeze: string[];
  /**
   * How grey values are brought to a common scale; stored with the model. Default: as the model was trained before,
   * else `"z-score"`.
   */
  normalisation: Normalisation;
  /**
   * The loss that is minimised: `"weightedCrossEntropy"` (default, as in the paper), `"dice"`, `"tversky"`, `"focal"`, or a sum
   * such as `"weightedCrossEntropy + 0.5 * dice"`; losses of your own by their names in `own.losses`.
   */
  loss: string;
  /**
   * Weight of each class in the loss: `"balanced"` (default, as in the paper) counts all classes alike, so that rare ones
   * aren't neglected, but makes the network see more of them than there is; equal numbers such as `[1, 1]` don't.
   */
  classWeights: "balanced" | number[];
  /** Height of the weight map's border term. Default 10; 0 switches it off. */
  w0: number;
  /** Width of the weight map's border term, px. Default 5. */
  sigma: number;
  /** The class of each instance by its number, where not every instance is of class 1. */
  classOf?: Record<number, number>;
  /**
   * What the network is for and how it is used; stored with the model. Tiles are cut from images resized by `task.scale`.
   * Default: as the model was trained before, else none, and images as they are.
   */
  task?: Task;
  /**
   * Widths of rims, px at the network's scale, which become classes of their own (`rimMap`), so that touching instances
   * are told apart: of `[4, 12]` the network has the classes background, interior, the wide rim and the narrow one. Labels
   * must be instances. Default: as the model was trained before, else `[]`: instances are separated by background.
   */
  rims: number[];
  /**
   * Times that each sample is seen with objects of others pasted onto its own (`pasteObjects`), beside once as it is.
   * Labels must be instances. Default 0.
   */
  paste: number;
  /** Names of the classes; stored with the model. */
  classNames?: string[];
  /** How tiles are deformed and their grey values changed. Default: everything the paper does. */
  augmentation: AugmentationConfig;
  /** Names of augmentations of your own, in `own.augmentations`, that each tile then goes through. Default: none. */
  augmentations: string[];
  /** Steps between checkpoints, where the run has a folder. Default 500. */
  checkpointEvery: number;
  /** The last checkpoints that are kept. Default 3. */
  keepCheckpoints: number;
  /** Steps between evaluations on the validation samples; 0 evaluates at the end only. Default 0. */
  validateEvery: number;
  /**
   * Evaluations, spread evenly over the steps, the last at the end; in place of `validateEvery`. Default 0. Where `minutes`
   * fix the number of steps, there are fewer if they would take more than a third of the time.
   */
  validations: number;
  /**
   * The measure by which evaluations are compared: one of `measureNames`, or the name of one in `own.measures`. Default `"loss"`:
   * weighted cross-entropy, whatever is minimised.
   */
  measure: MeasureName | (string & {});
  /** Whether the model of the best evaluation is kept, not the last one. Default true. */
  keepBest: boolean;
  /** Evaluations without a better one after which the run ends; 0 (default): it goes on to the last step. */
  patience: number;
}

/** The part of {@link CutTileOptions} that stays the same over a run; `false` cuts plain tiles. */
export type AugmentationConfig = false | Omit<CutTileOptions, "inputSize" | "outputSize" | "seed" | "index">;

/** The defaults of {@link TrainingConfig}. */
export const defaultConfig: TrainingConfig = {
  steps: 1000,
  minutes: 0,
  accumulate: 1,
  optimizer: "sgd",
  learningRate: 1e-3,
  momentum: 0.99,
  weightDecay: 0,
  clipNorm: 0,
  schedule: "constant",
  decayFactor: 0.1,
  average: 0,
  freeze: [],
  normalisation: "z-score",
  loss: "weightedCrossEntropy",
  classWeights: "balanced",
  w0: 10,
  sigma: 5,
  rims: [],
  paste: 0,
  augmentation: {},
  augmentations: [],
  checkpointEvery: 500,
  keepCheckpoints: 3,
  validateEvery: 0,
  validations: 0,
  measure: "loss",
  keepBest: true,
  patience: 0,
};
