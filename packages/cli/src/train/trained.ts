import type { Task } from "@unet/inference";
import type { TrainingAbortedError, TrainingResult } from "@unet/training";

/** A run that ended, and what is needed to tell of it. */
export interface Trained {
  result: TrainingResult;
  out: string;
  backend: string;
  /** How the model is used: its task, calibrated where there were validation images. */
  task?: Task;
  /** Where it was stopped before its end. */
  stopped?: TrainingAbortedError;
}
