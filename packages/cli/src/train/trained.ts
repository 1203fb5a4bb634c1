import type { TrainingAbortedError, TrainingResult } from "@unet/training";

/** A run that ended, and what is needed to tell of it. */
export interface Trained {
  result: TrainingResult;
  out: string;
  backend: string;
  /** Where it was stopped before its end. */
  stopped?: TrainingAbortedError;
}
