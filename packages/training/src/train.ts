import { isAbort, TrainingAbortedError } from "./run/aborted.js";
import { begin } from "./run/begin.js";
import { fixSteps } from "./run/fix-steps.js";
import type { Run } from "./run/run.js";
import { atStepZero, type Start } from "./run/start.js";
import type { TrainingResult, TrainOptions } from "./train-options.js";

/**
 * Trains as the paper does (section 3): stochastic gradient descent with high momentum on one large
 * deformed tile a step, whose pixels are weighted by class frequency and by closeness to two cells.
 *
 * The model's metadata then holds the normalisation, the class names and a summary of the training, which
 * `saveModel` keeps and `predictTiled` applies by itself.
 *
 * ```ts
 * const model = createUNet({ depth: 2, filters: 4, seed: 1 });
 * const samples = syntheticCells({ count: 2, width: 64, height: 64 });
 * const { history } = await train({ model, samples, config: { steps: 2, tileSize: 60 } });
 * console.log(history[1].loss);
 * ```
 *
 * @throws RangeError where the configuration or a sample does not fit, or `out` holds a run already
 * @throws TrainingAbortedError (an `AbortError`) after `signal`, once a checkpoint is written where `out` is given
 * @throws DivergedError where the loss is no longer a finite number, or explodes
 */
export function train(options: TrainOptions): Promise<TrainingResult> {
  return trainFrom(atStepZero(), options);
}

/** {@link train} from any step on. */
export async function trainFrom(start: Start, options: TrainOptions): Promise<TrainingResult> {
  const run = await begin(start, options);
  run.result.validationSamples = options.validation;
  try {
    await toTheEnd(run, start.step, options);
  } catch (error) {
    if (!isAbort(error, options.signal)) throw error;
    await run.conclude();
    throw new TrainingAbortedError(run.result);
  } finally {
    await run.dispose();
  }
  return run.result;
}

/** The loop: evaluates and saves where that is due, and takes one step after the other (`step.ts`). */
async function toTheEnd(run: Run, from: number, { signal, onEvent = () => {} }: TrainOptions): Promise<void> {
  onEvent(run.describeStart());
  const { checkpointEvery } = run.result.config;
  for (;;) {
    await fixSteps(run);
    const done = run.result.steps;
    if (run.isDone) break;
    // Also where a resumed run begins: it may have been stopped before its evaluation.
    if (run.evaluatesNow) await run.evaluate();
    if (done > from && done % checkpointEvery === 0) await run.save();
    const reason = run.reasonToStop();
    if (reason) {
      onEvent({ type: "stopped", step: done, reason });
      break;
    }
    signal?.throwIfAborted();
    onEvent(await run.step());
    await letOthersRun();
  }
  await run.finish();
}

/**
 * Hands the thread back for a moment: on backends that compute synchronously a loop of awaited results
 * would otherwise starve timers, signals and the page.
 */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
