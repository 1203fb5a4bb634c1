import type { BestState } from "../evaluation/best.js";
import type { Leg } from "../optimisation/schedule.js";
import type { CheckpointTensors } from "./checkpoint.js";
import type { EvaluationEntry, HistoryEntry } from "./history.js";
import type { RunPlace } from "./run-place.js";

/** Where a run begins: at step 0, or at a checkpoint. */
export interface Start {
  step: number;
  history: HistoryEntry[];
  evaluations: EvaluationEntry[];
  seconds: number;
  classWeights?: number[];
  /** Default: one over all steps. */
  legs?: Leg[];
  /** The losses of the first steps. Default: none. */
  firstLosses?: number[];
  /** What the first steps took, of a run whose number of steps is not fixed yet. Default: none. */
  firstSeconds?: number[];
  best?: BestState;
  tensors?: CheckpointTensors;
  /** The run's folder, opened, where it is gone on with. */
  folder?: RunPlace;
}

/** Where a new run begins. */
export function atStepZero(): Start {
  return { step: 0, history: [], evaluations: [], seconds: 0 };
}
