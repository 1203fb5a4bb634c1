import type { Task } from "@unet/inference";
import type { TrainingAbortedError, TrainingResult } from "@unet/training";

/** A run that ended, with what the report needs. */
export interface Trained {
  result: TrainingResult;
  out: string;
  backend: string;
  /** How the model is used: its task, calibrated where there were validation images. */
  task?: Task;
  /** Where it was stopped before its end. */
  stopped?: TrainingAbortedError;
}
