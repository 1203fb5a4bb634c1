import { modelGeometry } from "@unet/inference";
import { freezeStatistics } from "@unet/model";
import type { TrainingConfig } from "../config/config.js";
import { configFor } from "../config/config-for.js";
import { measuresOf } from "../config/own.js";
import { Best } from "../evaluation/best.js";
import { measureNamed } from "../evaluation/measure.js";
import { tellNotice } from "../events.js";
import { isOfLevels, trainableVariables } from "../optimisation/levels.js";
import { lossOf } from "../optimisation/loss.js";
import { Optimizer } from "../optimisation/optimizer.js";
import type { Leg } from "../optimisation/schedule.js";
import { WeightAverage } from "../optimisation/weight-average.js";
import {
  type PreparedSample,
  type PreparedSamples,
  type PrepareOptions,
  prepareSamples,
} from "../samples/prepare.js";
import { trainingTiles } from "../samples/tile.js";
import { suitableTileSize } from "../samples/tile-size.js";
import type { TrainOptions } from "../train-options.js";
import { abortable, isAbort } from "./aborted.js";
import { bytesToCome } from "./bytes-to-come.js";
import { Run } from "./run.js";
import { assertWritable, RunFolder, runObstacle } from "./run-folder.js";
import type { RunPlace } from "./run-place.js";
import type { Start } from "./start.js";
import { type RunStore, StoredRun } from "./stored-run.js";
import { unusedSettings } from "./unused-settings.js";

/** Memory for samples that are kept once they are prepared, in bytes. */
const KEEP_BYTES = 2 ** 30;

/**
 * Makes a run that stands before its first step: checks the settings, prepares the samples, takes up what the checkpoint
 * holds, and opens the folder.
 *
 * @throws DOMException named `AbortError` after `options.signal`, and as `train` does
 */
export async function begin(start: Start, options: TrainOptions): Promise<Run> {
  const { samples, validation, signal } = options;
  try {
    return await beginWith(start, {
      ...options,
      samples: abortable(samples, signal),
      validation: validation && abortable(validation, signal),
    });
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
    throw new DOMException("train: stopped before the first step", "AbortError");
  }
}

async function beginWith(start: Start, options: TrainOptions): Promise<Run> {
  const { model, samples: given, seed = 0, workers, out, own = {} } = options;
  const config = configFor(model, options.config, own);
  const onNotice = (text: string) => tellNotice(options.onEvent, text);
  if (given.length < 1) {
    throw new RangeError("train: samples is empty; give at least one annotated image");
  }
  const variables = trainableVariables(model, config.freeze);
  const folder = start.folder ?? (out === undefined ? undefined : await newPlace(out));
  const { samples, validation } = await prepared(start, options, config);
  // Before anything is written, so that samples that don't fit leave nothing behind.
  const first = await samples.get(0);
  const { image, labels, weights } = first;
  const bytes = [image, labels, weights].reduce((sum, { data }) => sum + data.byteLength, 0);
  config.tileSize ??= await suitableTileSize(model, image, { onNotice });
  const inputSize = config.tileSize;
  const outputSize = modelGeometry(model).outputSize(inputSize);

  const { step } = start;
  const optimizer = new Optimizer(variables, config);
  const average = config.average > 0 ? new WeightAverage(variables, config.average) : undefined;
  const measure = measureNamed(config.measure, measuresOf(own));
  const best = new Best(config.keepBest && config.validateEvery + config.validations > 0, measure);
  if (start.tensors) {
    optimizer.restore(start.tensors.optimizer, step);
    average?.restore(start.tensors.average, step);
    best.weights = start.tensors.best;
  }
  best.state = start.best;
  freezeStatistics(model, isOfLevels(config.freeze));
  const tiles = trainingTiles(startingWith(first, samples), {
    inputSize,
    outputSize,
    seed,
    augmentation: config.augmentation,
    startIndex: step * config.accumulate,
    workers,
    keepBytes: KEEP_BYTES,
    onNotice,
  });
  const run = new Run({
    options,
    result: {
      model,
      config,
      steps: step,
      keptStep: step,
      history: start.history,
      evaluations: start.evaluations,
      seconds: start.seconds,
      legs: start.legs ?? [{ from: 0, steps: config.steps }],
      classWeights: samples.classWeights,
    },
    learner: { model, tiles, config, own, seed, loss: lossOf(config.loss, own.losses), optimizer, average },
    samples,
    samplesAreKept: samples.length * bytes <= KEEP_BYTES,
    validation,
    best,
    folder,
    firstLosses: start.firstLosses ?? [],
    firstSeconds: start.firstSeconds ?? [],
    inputSize,
    outputSize,
  });
  try {
    await openFolder(run, start);
  } catch (error) {
    await run.dispose();
    throw error;
  }
  // What goes on was given all settings.
  if (!start.folder) tellOfUnused(run);
  return run;
}

/** The samples as the network learns them, and as it is judged by. */
async function prepared(
  { classWeights: known }: Start,
  { model, samples: given, validation: givenValidation, seed = 0, onEvent }: TrainOptions,
  config: TrainingConfig,
): Promise<{ samples: PreparedSamples; validation?: PreparedSamples }> {
  const { normalisation, w0, sigma, classOf, task, rims, paste } = config;
  const options: PrepareOptions = {
    channels: model.inputs[0].shape.at(-1) as number,
    classes: model.outputs[0].shape.at(-1) as number,
    normalisation,
    w0,
    sigma,
    classOf,
    task,
    rims,
    paste,
    seed,
    classWeights: known ?? (config.classWeights === "balanced" ? undefined : config.classWeights),
    onNotice: (text) => tellNotice(onEvent, text),
  };
  // The stream of tiles keeps what it is given.
  const samples = await prepareSamples(given, { ...options, cacheBytes: 0 });
  const { classWeights } = samples;
  const validation =
    givenValidation && (await prepareSamples(givenValidation, { ...options, classWeights, paste: 0 }));
  return { samples, validation };
}

/** The same samples, of which the first is at hand when it is first asked for. */
function startingWith(first: PreparedSample, samples: PreparedSamples): PreparedSamples {
  let atHand: PreparedSample | undefined = first;
  return {
    ...samples,
    async get(index) {
      if (index !== 0 || !atHand) return samples.get(index);
      const sample = atHand;
      atHand = undefined;
      return sample;
    },
  };
}

/** @throws RangeError where a new run would take the place of what is there */
async function newPlace(out: string | RunStore): Promise<RunPlace> {
  if (typeof out === "string") return newFolder(out);
  const place = new StoredRun(out);
  if ((await out.read()) === undefined) return place;
  throw new RangeError("train: the store holds a checkpoint already; resume it, or empty the store");
}

/** @throws RangeError where a new run would take the place of what is there */
async function newFolder(path: string): Promise<RunFolder> {
  await assertWritable(path);
  const obstacle = await runObstacle(path);
  if (obstacle) {
    const remedy = obstacle.isRun ? "resume it, or give" : "give";
    throw new RangeError(`train: ${path} holds ${obstacle.found}; ${remedy} another folder as out`);
  }
  return new RunFolder(path);
}

/** Writes, where the schedule begins, the checkpoint to begin from; then the settings and the history so far. */
async function openFolder(run: Run, start: Start): Promise<void> {
  const { folder, result, options, learner, best } = run.parts;
  if (!folder) return;
  const { onEvent } = options;
  // Before the folder is made: a run that is refused leaves nothing.
  const present = (await folder.steps()).length;
  const kept = { present, average: learner.average !== undefined, best: best.keepWeights };
  await folder.assertRoom(bytesToCome(result, run.trainedParameters, kept));
  if (!start.folder) {
    await folder.open((text) => tellNotice(onEvent, text));
    // Another may have begun while the samples were prepared.
    await newPlace(options.out as string | RunStore);
  }
  const { config, legs, history, evaluations, steps } = result;
  if ((legs.at(-1) as Leg).from === steps) {
    if (steps > 0) {
      onEvent?.({ type: "prolonged", from: steps, steps: config.steps, minutes: config.minutes });
    }
    await run.save();
  }
  await run.writeConfig();
  await folder.writeHistory([...history, ...evaluations]);
}

function tellOfUnused({ parts: { options, result } }: Run): void {
  const { config = {}, validation, onEvent } = options;
  const event =
    result.steps > 0 ? undefined : unusedSettings(config, result.config, validation !== undefined);
  if (!event) return;
  const names = event.settings.map((name) => `config.${name}`).join(", ");
  if (onEvent) onEvent(event);
  else console.warn(`train: ${names} can do nothing without ${event.needs}`);
}
