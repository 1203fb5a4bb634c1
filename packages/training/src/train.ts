import { Run } from "./run.js";
import type { Start, TrainingResult, TrainOptions } from "./train-options.js";

/**
 * Trains as the paper does (section 3): stochastic gradient descent with high momentum on one large
 * deformed tile a step, whose pixels are weighted by class frequency and by closeness to two cells.
 *
 * The model's metadata then holds the normalisation, the class names and a summary of the training, which
 * `saveModel` keeps and `predictTiled` applies by itself.
 *
 * @throws RangeError where the configuration or a sample does not fit, or `out` holds a run already
 * @throws DOMException named `AbortError` after `signal`, once a checkpoint is written where `out` is given
 * @throws DivergedError where the loss is no longer a finite number, or explodes
 */
export function train(options: TrainOptions): Promise<TrainingResult> {
  return trainFrom({ step: 0, history: [], evaluations: [], seconds: 0 }, options);
}

/** {@link train} from any step on. */
export async function trainFrom(start: Start, options: TrainOptions): Promise<TrainingResult> {
  const { signal, onEvent = () => {} } = options;
  const run = await Run.begin(start, options);
  try {
    onEvent(run.describeStart());
    const { steps, validateEvery, checkpointEvery } = run.result.config;
    while (run.result.steps < steps && !run.reasonToStop()) {
      if (signal?.aborted) {
        await run.save();
        throw new DOMException(`train: stopped after ${run.result.steps} of ${steps} steps`, "AbortError");
      }
      onEvent(await run.step());
      const done = run.result.steps;
      if (done < steps && validateEvery > 0 && done % validateEvery === 0) await run.evaluate();
      if (done < steps && done % checkpointEvery === 0) await run.save();
      await letOthersRun();
    }
    const reason = run.result.steps < steps ? run.reasonToStop() : undefined;
    if (reason) onEvent({ type: "stopped", step: run.result.steps, reason });
    await run.finish();
    return run.result;
  } finally {
    await run.dispose();
  }
}

/**
 * Hands the thread back for a moment: on backends that compute synchronously a loop of awaited results
 * would otherwise starve timers, signals and the page.
 */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
