import { reopenDataset } from "@unet/datasets";
import { modelFromBytes } from "@unet/model";
import { assertOwnAgain } from "./config/own.js";
import { tellNotice } from "./events.js";
import { FIRST_LOSSES } from "./optimisation/diverged.js";
import { type NewEnd, prolong } from "./run/prolong.js";
import { RunFolder } from "./run/run-folder.js";
import type { RunPlace } from "./run/run-place.js";
import { type RunStore, StoredRun } from "./run/stored-run.js";
import type { Samples } from "./samples/samples.js";
import { trainFrom } from "./train.js";
import type { TrainingResult, TrainOptions } from "./train-options.js";

/** Options of {@link resume}. */
export interface ResumeOptions extends NewEnd, Pick<TrainOptions, "own" | "workers" | "signal" | "onEvent"> {
  /** The same samples as before. Default: opened again, where `openDataset` had opened them. */
  samples?: Samples;
  validation?: Samples;
}

/**
 * Goes on with an interrupted run from its newest checkpoint, as if it had never stopped: same tiles, same
 * dropout masks, same optimiser state, and on the same backend the same weights to the bit. A damaged
 * checkpoint is skipped for the one before it, which an event says, or the console without `onEvent`.
 *
 * A finished run is saved again, or with `steps` or `minutes` goes on: the steps done stay as they are, and the
 * schedule runs anew over the added ones. The new end is kept with the run from then on.
 *
 * ```ts
 * await resume("runs/em", { steps: 2000 }); // of a run that has ended after 1000
 * ```
 *
 * @param run folder or store that {@link train} was given as `out`
 * @throws Error where a process trains in the folder
 * @throws UnreadableCheckpointError where the folder holds none that can be read
 * @throws RangeError where the samples are not given and can't be opened by name, parts of your own that it was trained
 *   with (`own`) are not given, or the run can't end where it shall
 * @throws TrainingAbortedError after `signal`, once a checkpoint is written
 */
export async function resume(run: string | RunStore, options: ResumeOptions = {}): Promise<TrainingResult> {
  const folder = typeof run === "string" ? new RunFolder(run) : new StoredRun(run);
  if ((await folder.steps()).length > 0) await folder.open((text) => tellNotice(options.onEvent, text));
  try {
    return await goOn(folder, run, options);
  } finally {
    await folder.close();
  }
}

async function goOn(
  folder: RunPlace,
  out: string | RunStore,
  { steps, minutes, ...options }: ResumeOptions,
): Promise<TrainingResult> {
  const { path: run } = folder;
  const checkpoint = await folder.readCheckpoint(
    options.onEvent ??
      (({ path, reason }) => console.warn(`resume: ${path} is passed over for the one before: ${reason}`)),
  );
  const { step, seed, source, validationSource, classWeights, seconds, firstSeconds, tensors } = checkpoint;
  const { config, best, legs } = prolong(checkpoint, { steps, minutes });
  assertOwnAgain(run, config, options.own ?? {});
  const samples = options.samples ?? (source === undefined ? undefined : await reopenDataset(source));
  if (!samples) {
    throw new RangeError(
      `resume: ${run} was trained on samples made in memory; give them as options.samples`,
    );
  }
  const validation =
    options.validation ??
    (validationSource === undefined ? undefined : await reopenDataset(validationSource));
  const read = await folder.readHistory(step, (text) => tellNotice(options.onEvent, text));
  const { history } = read;
  const evaluations = checkpoint.evaluations ?? read.evaluations;
  const firstLosses = checkpoint.firstLosses ?? history.slice(0, FIRST_LOSSES).map(({ loss }) => loss);
  const model = await modelFromBytes(checkpoint.model);
  return trainFrom(
    {
      step,
      history,
      evaluations,
      firstLosses,
      firstSeconds,
      seconds,
      classWeights,
      legs,
      best,
      tensors,
      folder,
    },
    { ...options, model, samples, validation, config, seed, out },
  );
}
