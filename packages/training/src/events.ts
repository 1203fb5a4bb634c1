/** Events of {@link train}; the `type` says which. */
export type TrainingEvent =
  | StartEvent
  | StepEvent
  | ValidationEvent
  | CheckpointEvent
  | DamagedCheckpointEvent
  | NoticeEvent
  | UnusedSettingsEvent
  | ProlongedEvent
  | PacedEvent
  | StoppedEarlyEvent;

/** Once, when the data is prepared and the first step is about to begin. */
export interface StartEvent {
  type: "start";
  /** The step that comes first: 0, or where a resumed run goes on. */
  step: number;
  /** 0 until `minutes` have fixed them. */
  steps: number;
  /** Numbers in the model, and those that are trained. */
  parameters: number;
  trainedParameters: number;
  /** Side of a tile's input and of its output, px, and tiles a step. */
  inputSize: number;
  outputSize: number;
  accumulate: number;
  /** Weight of each class in the loss, balanced over the training set. */
  classWeights: number[];
}

/** After each step. */
export interface StepEvent {
  type: "step";
  /** Steps done so far, counted from 1. */
  step: number;
  /** 0 until `minutes` have fixed them. */
  steps: number;
  /** The loss of the step's tiles, before the step changed the weights. */
  loss: number;
  /** Length of the gradient of all weights together, before clipping. */
  gradientNorm: number;
  /** The learning rate of the step. */
  rate: number;
  /** Wall-clock time of the step, and the part of it spent waiting for tiles. */
  seconds: number;
  waitedSeconds: number;
}

/** After each evaluation on the validation samples. */
export interface ValidationEvent extends ValidationResult {
  type: "validation";
  step: number;
  /** Whether it is the best so far. */
  best: boolean;
}

/** After a checkpoint was written to `path`. */
export interface CheckpointEvent {
  type: "checkpoint";
  step: number;
  path: string;
}

/** Where a resumed run passes over a checkpoint that can't be read, for the one before it. */
export interface DamagedCheckpointEvent {
  type: "damaged";
  path: string;
  reason: string;
}

/** Something to know that stops nothing, in one line: a run's lock was that of a process which has ended. */
export interface NoticeEvent {
  type: "notice";
  text: string;
}

/** Sends a notice to the listener, or to the console where there is none. */
export function tellNotice(onEvent: ((event: NoticeEvent) => void) | undefined, text: string): void {
  if (onEvent) onEvent({ type: "notice", text });
  else console.warn(text);
}

/** At the start, where settings were given that change nothing in this run. */
export interface UnusedSettingsEvent {
  type: "unused";
  settings: ("validateEvery" | "validations" | "patience" | "measure" | "keepBest")[];
  /** What they need: samples to validate on, or evaluations before the last step. */
  needs: "validation" | "validateEvery";
}

/** Where a run that had ended after `from` steps goes on, and its schedule runs anew. */
export interface ProlongedEvent {
  type: "prolonged";
  from: number;
  /** 0 until `minutes` have fixed them. */
  steps: number;
  minutes: number;
}

/** Where `minutes` have fixed the number of steps. */
export interface PacedEvent {
  type: "paced";
  /** Steps done so far. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  minutes: number;
  /** Seconds that a step takes. */
  secondsPerStep: number;
  /** Evaluations, where there are fewer than `config.validations` asked for, so that they take a third of the time at most. */
  validations?: number;
}

/**
 * Where the run ends before its last step: `config.patience` evaluations brought nothing better, or
 * `config.minutes` are over.
 */
export interface StoppedEarlyEvent {
  type: "stopped";
  step: number;
  reason: "patience" | "minutes";
}

/** An evaluation over whole images that were not trained on. */
export interface ValidationResult {
  /** The weighted cross-entropy. */
  loss: number;
  /** The loss of the best constant class probabilities on the same pixels and weights. */
  constantLoss: number;
  /** `config.measure`, and its value; the loss again where it is `"loss"`. */
  measure: string;
  value: number;
}
