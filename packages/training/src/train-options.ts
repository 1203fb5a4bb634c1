import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TrainingConfig } from "./config/config.js";
import type { OwnParts } from "./config/own.js";
import type { TrainingEvent, ValidationResult } from "./events.js";
import type { Leg } from "./optimisation/schedule.js";
import type { EvaluationEntry, HistoryEntry } from "./run/history.js";
import type { RunStore } from "./run/stored-run.js";
import type { Samples } from "./samples/samples.js";

/** Options of `train`. */
export interface TrainOptions {
  /** The network, with logits of `[batch, height, width, classes]`; trained in place, not disposed. */
  model: LayersModel;
  samples: Samples;
  /** Samples that are only evaluated: at the end, and as `config.validations` or `config.validateEvery` say. */
  validation?: Samples;
  config?: Partial<TrainingConfig>;
  /** Losses, measures and augmentations of your own, which `config` names. */
  own?: OwnParts;
  /** Decides the order of samples, the tiles and the dropout masks. Default 0. */
  seed?: number;
  /**
   * Threads that make tiles while the backend computes; 0 makes each when it is needed. The tiles are the same.
   * Default 1.
   */
  workers?: number;
  /** Stops the run after the step or the tile in hand. */
  signal?: AbortSignal;
  onEvent?: (event: TrainingEvent) => void;
  /**
   * Folder of the run (Node): checkpoints, the loss of every step, and the model. Where there are no folders, a
   * {@link RunStore} that keeps the newest checkpoint.
   */
  out?: string | RunStore;
}

/** Result of `train`. */
export interface TrainingResult {
  /** With the weights of the best evaluation where there were several, else of the last step, or their average. */
  model: LayersModel;
  /** The configuration with every default filled in. */
  config: TrainingConfig;
  /** Steps done. */
  steps: number;
  history: HistoryEntry[];
  evaluations: EvaluationEntry[];
  classWeights: number[];
  /** Wall-clock time that steps and evaluations took. */
  seconds: number;
  /** The step that the model's weights are of: the last, or that of the best evaluation. */
  keptStep: number;
  /** Of the model that is kept, where validation samples were given. */
  validation?: ValidationResult;
  /** Those samples. */
  validationSamples?: Samples;
  /** The parts of the run that the schedule ran over: one, and another for each time that it was prolonged. */
  legs: Leg[];
}
