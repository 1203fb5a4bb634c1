import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BestState } from "./best.js";
import type { CheckpointTensors } from "./checkpoint.js";
import type { TrainingConfig } from "./config.js";
import type { TrainingEvent, ValidationResult } from "./events.js";
import type { Samples } from "./prepare.js";
import type { EvaluationEntry, HistoryEntry, RunFolder } from "./run-folder.js";

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
}

/** Where a run begins: at step 0, or at a checkpoint. */
export interface Start {
  step: number;
  history: HistoryEntry[];
  evaluations: EvaluationEntry[];
  seconds: number;
  classWeights?: number[];
  best?: BestState;
  tensors?: CheckpointTensors;
  /** The run's folder, opened, where it is gone on with. */
  folder?: RunFolder;
}
