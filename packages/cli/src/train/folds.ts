import { createUNet } from "@unet/model";
import {
  type FoldsEvent,
  type FoldsResult,
  type ResumeFoldsOptions,
  resumeFolds,
  trainFolds,
} from "@unet/training";
import type { Command } from "commander";
import { quoted, UsageError } from "../messages/errors.js";
import { calibrationProgress, type TrainingProgress, trainingProgress } from "../messages/progress.js";
import { interruptible } from "../process/signals.js";
import { holdsFolds } from "../run.js";
import { startBackend, tell } from "../usage/command.js";
import { lastWords } from "./ability.js";
import { extraBeside, getReady, openToTune, type TrainFlags } from "./ready.js";

/** Trains the networks of a cross-validation, or goes on with them. */
export async function runFolds(options: TrainFlags, made: Command): Promise<void> {
  const began = performance.now();
  const { workers, json, resume: begun } = options;
  const out = begun ?? (options.out as string);
  const progress = foldsProgress();
  const given = { workers, onEvent: json ? undefined : progress.onEvent, signal: interruptible() };
  try {
    const { backend, result } = begun
      ? await goOnWithFolds(begun, options, made, given)
      : await beginFolds(options, made, given);
    progress.stop();
    tellFolds(out, result, { json, backend, seconds: (performance.now() - began) / 1000 });
  } catch (error) {
    progress.stop();
    if ((error as Error | undefined)?.name === "AbortError" && holdsFolds(out)) {
      process.stderr.write(`go on with  unet train --resume ${quoted(out)}\n`);
    }
    throw error;
  }
}

type FoldsGiven = Pick<ResumeFoldsOptions, "workers" | "onEvent" | "signal">;
type FoldsDone = { backend: string; result: FoldsResult };

async function beginFolds(options: TrainFlags, made: Command, given: FoldsGiven): Promise<FoldsDone> {
  const { validation, tensorboard, json, folds = 2 } = options;
  const alien = validation ? "--validation" : tensorboard ? "--tensorboard" : undefined;
  if (alien) throw new UsageError(`--folds holds out each image once, so ${alien} can't be given with it`);
  const { plan, out, backend, samples, network, training, model: first } = await getReady(options, made);
  if (folds > samples.length) {
    first?.dispose();
    throw new UsageError(
      `--folds must be at most ${samples.length}, as many as there are images, got ${folds}`,
    );
  }
  const { seed = 0, from } = plan;
  const model = async (fold: number) => {
    if (fold === 1 && first) return first;
    return from ? openToTune(from, plan, { quiet: true }) : createUNet({ ...network, seed: seed + fold - 1 });
  };
  if (!json) tell(`networks   ${folds}, each trained without its part of the images`);
  const result = await trainFolds({ model, samples, folds, config: training, seed, out, ...given });
  return { backend, result };
}

async function goOnWithFolds(
  run: string,
  options: TrainFlags,
  made: Command,
  given: FoldsGiven,
): Promise<FoldsDone> {
  const extra = extraBeside(made, ["resume", "workers", "backend", "json", "verbose"]);
  if (extra) {
    const instead = /^--(steps|minutes)$/.test(extra)
      ? `; give it with --resume ${quoted(`${run}/fold-1`)}`
      : "";
    throw new UsageError(
      `--resume takes everything from the folds of ${run}, so ${extra} can't be given with it${instead}`,
    );
  }
  const backend = await startBackend(options);
  return { backend: backend.name, result: await resumeFolds(run, given) };
}

/** Draws the runs of all folds, one after the other, and the calibration at the end. */
function foldsProgress(): { onEvent: (event: FoldsEvent) => void; stop: () => void } {
  const calibration = calibrationProgress();
  let training: TrainingProgress | undefined;
  return {
    onEvent(event) {
      if (event.type === "fold") {
        training?.stop();
        tell(`fold       ${event.fold} of ${event.folds}`);
        training = trainingProgress();
      } else if (event.type === "calibration") {
        training?.stop();
        calibration.onEvent(event);
      } else {
        training ??= trainingProgress();
        training.onEvent(event);
      }
    },
    stop() {
      training?.stop();
      calibration.stop();
    },
  };
}

/** Says what came of the folds: of each, and of all together. */
function tellFolds(
  out: string,
  { runs, validations, task }: FoldsResult,
  { json, backend, seconds }: { json?: boolean; backend: string; seconds: number },
): void {
  if (json) {
    console.log(JSON.stringify({ out, backend, runs, validations, task, seconds }));
    return;
  }
  console.log(`${runs.length} networks are trained, each without its part of the images; they are in ${out}`);
  for (const [i, { loss, measure, value }] of validations.entries()) {
    const taken = measure === "loss" ? "" : `, ${measure} ${value.toFixed(4)}`;
    console.log(`fold ${i + 1}: validation loss ${loss.toFixed(4)}${taken}`);
  }
  for (const line of lastWords(out, task)) console.log(line);
}
