import type { Dataset } from "@unet/datasets";
import type { TrainingResult } from "@unet/training";

/** A run that ended, and what is needed to tell of it. */
export interface Trained {
  result: TrainingResult;
  out: string;
  backend: string;
  validation?: Dataset;
}
