/** What {@link train} tells while it runs; the `type` says which. */
export type TrainingEvent = StartEvent | StepEvent | ValidationEvent | CheckpointEvent;

/** Once, when the data is prepared and the first step is about to begin. */
export interface StartEvent {
  type: "start";
  /** The step that comes first: 0, or where a resumed run goes on. */
  step: number;
  steps: number;
  /** Trainable numbers in the model. */
  parameters: number;
  /** Side of a tile's input and of its output, px. */
  inputSize: number;
  outputSize: number;
  /** Weight of each class in the loss, balanced over the training set. */
  classWeights: number[];
}

/** After each step. */
export interface StepEvent {
  type: "step";
  /** Steps done so far, counted from 1. */
  step: number;
  steps: number;
  /** The weighted cross-entropy of the step's tile, before the step changed the weights. */
  loss: number;
  /** Wall-clock time of the step, and the part of it spent waiting for the tile. */
  seconds: number;
  waitedSeconds: number;
}

/** After each evaluation on the validation samples. */
export interface ValidationEvent extends ValidationResult {
  type: "validation";
  step: number;
}

/** After a checkpoint was written to `path`. */
export interface CheckpointEvent {
  type: "checkpoint";
  step: number;
  path: string;
}

/** The weighted cross-entropy over whole images that were not trained on. */
export interface ValidationResult {
  loss: number;
  /** What the best constant class probabilities reach on the same pixels and weights. */
  constantLoss: number;
}
