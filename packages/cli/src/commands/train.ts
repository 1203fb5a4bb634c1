import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { augmentationLimits } from "@unet/augmentation";
import { UnwritableError } from "@unet/image/node";
import { type Task, taskOf } from "@unet/inference";
import { createUNet } from "@unet/model";
import { calibrate, resume, TrainingAbortedError, type TrainingResult, train } from "@unet/training";
import type { Command } from "commander";
import { quoted, UsageError } from "../messages/errors.js";
import { calibrationProgress, trainingProgress } from "../messages/progress.js";
import { wrap } from "../messages/wrap.js";
import { interruptible } from "../process/signals.js";
import { holdsFolds } from "../run.js";
import { lastWords } from "../train/ability.js";
import { addSettings, settingsOf } from "../train/flags.js";
import { runFolds } from "../train/folds.js";
import { extraBeside, getReady, type TrainFlags, tellOfModel } from "../train/ready.js";
import { recordForTensorBoard } from "../train/tensorboard.js";
import type { Trained } from "../train/trained.js";
import { writeTrainingReport } from "../train/write-report.js";
import { command, startBackend } from "../usage/command.js";
import { addDataOptions } from "../usage/data-options.js";
import { numbersOrNone, sampleNumbers, scaleFactor, wholeNumber } from "../usage/options.js";
import { writeTask } from "../write-task.js";

export function trainCommand(): Command {
  const made = command("train", "Train a U-Net on annotated images, by a recipe.", { computes: true })
    .option(
      "--recipe <name>",
      "one of unet recipes, or a file like theirs (default: by the data: instances, membranes or classes)",
    )
    .option("--scale <factor>", "images are resized by it before the network sees them", scaleFactor)
    .option("--config <file>", "settings as YAML or JSON; options given here override them")
    .option(
      "--resume <run>",
      "go on with an interrupted run; with --steps or --minutes also with one that has ended",
    )
    .option(
      "--data <spec>",
      "isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR, synthetic-cells:COUNT or synthetic-membranes:COUNT",
    )
    .option("--out <folder>", "folder of the run: model, checkpoints, history, report")
    .option(
      "--samples <numbers>",
      "samples to train on, e.g. 0-17 (default: all but the validation)",
      sampleNumbers,
    )
    .option(
      "--validation <numbers>",
      "samples only to evaluate on, e.g. 18-23, or none (default: the last fifth)",
      numbersOrNone,
    )
    .option(
      "--folds <k>",
      "train so many networks, each without its part of the images, which judges it; --minutes are of each",
      wholeNumber(2),
    )
    .option(
      "--from <model>",
      "begin with a trained model, a run or one of unet networks; --classes gives it a new head",
    )
    .option("--seed <n>", "decides weights, tiles and masks (default: 0)", wholeNumber(0))
    .option(
      "--workers <n>",
      "threads that make tiles; 0: none beside the main one",
      wholeNumber(0, augmentationLimits.workers),
      1,
    )
    .option("--tensorboard", "also write event files to the run's tensorboard/ (needs tensorflow)");
  addDataOptions(made);
  addSettings(made);
  return made.action(runTraining);
}

async function runTraining(options: TrainFlags, made: Command): Promise<void> {
  const { resume: begun } = options;
  if (options.folds !== undefined || (begun && holdsFolds(begun))) return runFolds(options, made);
  const began = performance.now();
  const watch = trainingProgress();
  const { workers, json, resume: run, out } = options;
  const given = { workers, onEvent: json ? undefined : watch.onEvent, signal: interruptible() };
  let trained: Trained | undefined;
  try {
    trained = run ? await goOn(run, options, made, given) : await begin(options, made, given);
    watch.stop();
    trained.task = await calibrated(trained, { json, signal: given.signal });
    const seconds = (performance.now() - began) / 1000;
    await tellResult(trained, { json, seconds, waited: watch.waited(), signal: given.signal });
    if (trained.stopped) throw trained.stopped;
  } catch (error) {
    watch.stop();
    const folder = run ?? out;
    if (folder && canGoOn(trained?.stopped ?? error, folder)) {
      // Not wrapped, so that it works when it is pasted.
      process.stderr.write(`go on with  unet train --resume ${quoted(folder)}\n`);
    }
    throw error;
  } finally {
    trained?.result.model.dispose();
  }
}

/** Whether a run was ended from outside, and what it saved is there. */
function canGoOn(error: unknown, run: string): boolean {
  const fromOutside = error instanceof UnwritableError || (error as Error | undefined)?.name === "AbortError";
  const checkpoints = join(run, "checkpoints");
  return (
    fromOutside && existsSync(checkpoints) && readdirSync(checkpoints).some((name) => /^\d+\.bin$/.test(name))
  );
}

/**
 * The task of a model that was trained, with what is chosen on the run's validation images, which the model's file gets.
 * The checkpoints are left as they are: who resumes a run chooses again.
 */
async function calibrated(
  { result, out, stopped }: Trained,
  { json, signal }: { json?: boolean; signal?: AbortSignal },
): Promise<Task | undefined> {
  const { model, validationSamples: samples } = result;
  const given = taskOf(model);
  if (!given || !samples || stopped) return given;
  const progress = calibrationProgress();
  const onEvent = json ? undefined : progress.onEvent;
  const task = await calibrate({ model, samples, task: given, signal, onEvent }).finally(progress.stop);
  await writeTask(out, task);
  return task;
}

type Given = Pick<Parameters<typeof resume>[1] & object, "workers" | "onEvent" | "signal">;

/** The result of a training, also of one that was stopped. */
async function orWhatThereIs(
  training: Promise<TrainingResult>,
): Promise<{ result: TrainingResult; stopped?: TrainingAbortedError }> {
  try {
    return { result: await training };
  } catch (error) {
    if (error instanceof TrainingAbortedError) return { result: error.result, stopped: error };
    throw error;
  }
}

async function begin(options: TrainFlags, made: Command, given: Given): Promise<Trained> {
  const ready = await getReady(options, made);
  const { plan, out, backend, samples, validation, network, training } = ready;
  const { seed = 0 } = plan;
  const model = ready.model ?? createUNet({ seed, ...network });
  if (!options.json) tellOfModel(model, plan);
  try {
    const learning = train({
      model,
      samples,
      validation,
      config: training,
      seed,
      out,
      ...given,
      onEvent: listener(options, out, given),
    });
    return { ...(await orWhatThereIs(learning)), out, backend };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What hears of a run: the progress bar, and TensorBoard's files where they are asked for. */
function listener({ tensorboard }: TrainFlags, out: string, { onEvent }: Given): Given["onEvent"] {
  if (!tensorboard) return onEvent;
  const record = recordForTensorBoard(join(out, "tensorboard"));
  return (event) => {
    record(event);
    onEvent?.(event);
  };
}

/** Options that change nothing of a run, and those that give it another end. */
const besideResume = ["resume", "workers", "tensorboard", "backend", "json", "verbose", "steps", "minutes"];

async function goOn(run: string, options: TrainFlags, made: Command, given: Given): Promise<Trained> {
  const extra = extraBeside(made, besideResume);
  if (extra)
    throw new UsageError(`--resume takes everything from the run, so ${extra} can't be given with it`);
  const backend = await startBackend(options);
  const onEvent = listener(options, run, given);
  const { steps, minutes } = settingsOf(made).training;
  const learning = resume(run, { ...given, onEvent, steps, minutes }).catch((error) => {
    const [, end, rest] = /^resume: (steps|minutes)( .*)$/s.exec(error.message) ?? [];
    throw end && error instanceof RangeError ? new UsageError(`--${end}${rest}`, { cause: error }) : error;
  });
  return { ...(await orWhatThereIs(learning)), out: run, backend: backend.name };
}

async function tellResult(
  trained: Trained,
  { json, ...telling }: { json?: boolean; seconds: number; waited: number; signal?: AbortSignal },
): Promise<void> {
  const { result, out, backend, stopped, task } = trained;
  const { steps, history, validation, evaluations } = result;
  const report = await writeTrainingReport(trained, { path: join(out, "report.html"), ...telling });
  if (stopped) return;
  const { seconds } = telling;
  if (json) {
    const loss = history.at(-1)?.loss;
    console.log(JSON.stringify({ out, backend, steps, loss, validation, task, report, seconds }));
    return;
  }
  const done = `${steps.toLocaleString("en")} steps done; the model is in ${out}, the report in ${report}`;
  console.log(wrap(done).join("\n"));
  if (validation && !task?.calibration) {
    const { loss, constantLoss, measure, value } = validation;
    if (measure !== "loss") console.log(`validation ${measure} ${value.toFixed(4)}`);
    const ratio = `${(loss / constantLoss).toFixed(2)} × that of the best constant probabilities`;
    console.log(`validation loss ${loss.toFixed(4)}, ${ratio} (${constantLoss.toFixed(4)})`);
  }
  const bestWeights = evaluations.length > 1 && result.config.keepBest;
  for (const line of lastWords(out, task, { bestWeights })) console.log(line);
}
