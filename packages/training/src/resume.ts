import { reopenDataset } from "@unet/datasets";
import { modelFromBytes } from "@unet/model";
import type { Samples } from "./prepare.js";
import { RunFolder } from "./run-folder.js";
import { trainFrom } from "./train.js";
import type { TrainingResult, TrainOptions } from "./train-options.js";

/** What {@link resume} is given beside the run. */
export interface ResumeOptions extends Pick<TrainOptions, "workers" | "signal" | "onEvent"> {
  /** The same samples as before. Default: opened again, where `openDataset` had opened them. */
  samples?: Samples;
  validation?: Samples;
}

/**
 * Goes on with an interrupted run from its last checkpoint, as if it had never stopped: same tiles, same
 * dropout masks, same optimiser state. A finished run is evaluated and saved again.
 *
 * @param run folder that {@link train} was given as `out`
 * @throws UnreadableCheckpointError where the folder holds none, or it is damaged
 * @throws RangeError where the samples are not given and can't be opened by name
 */
export async function resume(run: string, options: ResumeOptions = {}): Promise<TrainingResult> {
  const folder = new RunFolder(run);
  const { step, seed, config, source, validationSource, classWeights, model, optimizer } =
    await folder.readCheckpoint();
  const samples = options.samples ?? (source === undefined ? undefined : await reopenDataset(source));
  if (!samples) {
    throw new RangeError(
      `resume: ${run} was trained on samples made in memory; give them as options.samples`,
    );
  }
  const validation =
    options.validation ??
    (validationSource === undefined ? undefined : await reopenDataset(validationSource));
  return trainFrom(
    { step, history: await folder.readHistory(step), classWeights, optimizer },
    { ...options, model: await modelFromBytes(model), samples, validation, config, seed, out: run },
  );
}
