import { heeding, isAbort, TrainingAbortedError } from "./run/aborted.js";
import { Run } from "./run/run.js";
import type { Start, TrainingResult, TrainOptions } from "./train-options.js";

/**
 * Trains as the paper does (section 3): stochastic gradient descent with high momentum on one large
 * deformed tile a step, whose pixels are weighted by class frequency and by closeness to two cells.
 *
 * The model's metadata then holds the normalisation, the class names and a summary of the training, which
 * `saveModel` keeps and `predictTiled` applies by itself.
 *
 * @throws RangeError where the configuration or a sample does not fit, or `out` holds a run already
 * @throws TrainingAbortedError (an `AbortError`) after `signal`, once a checkpoint is written where `out` is given
 * @throws DivergedError where the loss is no longer a finite number, or explodes
 */
export function train(options: TrainOptions): Promise<TrainingResult> {
  return trainFrom({ step: 0, history: [], evaluations: [], seconds: 0 }, options);
}

/** Begins a run in its folder, from where `resume` goes on, and takes no step. */
export async function beginRun(options: TrainOptions): Promise<void> {
  const run = await begin({ step: 0, history: [], evaluations: [], seconds: 0 }, options);
  await run.dispose();
}

/** {@link train} from any step on. */
export async function trainFrom(start: Start, options: TrainOptions): Promise<TrainingResult> {
  const { signal } = options;
  const run = await begin(start, options);
  run.result.validationSamples = options.validation;
  try {
    await toTheEnd(run, start.step, options);
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
    await run.conclude();
    throw new TrainingAbortedError(run.result);
  } finally {
    await run.dispose();
  }
  return run.result;
}

async function begin(start: Start, options: TrainOptions): Promise<Run> {
  const { samples, validation, signal } = options;
  try {
    return await Run.begin(start, {
      ...options,
      samples: heeding(samples, signal),
      validation: validation && heeding(validation, signal),
    });
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
    throw new DOMException("train: stopped before the first step", "AbortError");
  }
}

async function toTheEnd(run: Run, from: number, { signal, onEvent = () => {} }: TrainOptions): Promise<void> {
  onEvent(run.describeStart());
  const { checkpointEvery } = run.result.config;
  for (;;) {
    await run.fixSteps();
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
