import type { Samples } from "../samples/samples.js";
import type { TrainingResult } from "../train-options.js";

/** What `train` and `resume` reject with after their signal: an `AbortError` that has what there is. */
export class TrainingAbortedError extends DOMException {
  /**
   * @param result what the run has reached; its model has the weights that would be kept if this were the end
   */
  constructor(readonly result: TrainingResult) {
    const { steps, config } = result;
    const all = config.steps > 0 ? ` of ${config.steps}` : "";
    super(`train: stopped after ${steps}${all} steps`, "AbortError");
  }
}

/** Whether `error` is what a signal makes of work that heeds it. */
export function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  return error === signal.reason || (error as Error | undefined)?.name === "AbortError";
}

/** The same samples; reading one rejects with the reason of the signal once that is aborted. */
export function abortable(samples: Samples, signal: AbortSignal | undefined): Samples {
  const { length, source } = samples;
  return {
    length,
    source,
    get(index) {
      signal?.throwIfAborted();
      return samples.get(index);
    },
  };
}
