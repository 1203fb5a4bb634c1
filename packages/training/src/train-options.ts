import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TrainingConfig } from "./config.js";
import type { TrainingEvent, ValidationResult } from "./events.js";
import type { StateTensor } from "./optimizer-state.js";
import type { Samples } from "./prepare.js";
import type { HistoryEntry } from "./run-folder.js";

/** What `train` is given. */
export interface TrainOptions {
  /** The network, with logits of `[batch, height, width, classes]`; trained in place, not disposed. */
  model: LayersModel;
  samples: Samples;
  /** Samples that are only evaluated: at the end, and every `config.validateEvery` steps. */
  validation?: Samples;
  config?: Partial<TrainingConfig>;
  /** Decides the order of samples, the tiles and the dropout masks. Default 0. */
  seed?: number;
  /**
   * Threads that make tiles while the backend computes; 0 makes each when it is needed. The tiles are the same.
   * Default 1.
   */
  workers?: number;
  /** Stops the run after the step in hand. */
  signal?: AbortSignal;
  onEvent?: (event: TrainingEvent) => void;
  /** Folder of the run (Node): checkpoints, the loss of every step, and the model. */
  out?: string;
}

/** What `train` ends with. */
export interface TrainingResult {
  model: LayersModel;
  /** The configuration with every default filled in. */
  config: TrainingConfig;
  /** Steps done. */
  steps: number;
  history: HistoryEntry[];
  classWeights: number[];
  /** Of the last evaluation, where validation samples were given. */
  validation?: ValidationResult;
}

/** Where a run begins: at step 0, or at a checkpoint. */
export interface Start {
  step: number;
  history: HistoryEntry[];
  classWeights?: number[];
  optimizer?: StateTensor[];
}
