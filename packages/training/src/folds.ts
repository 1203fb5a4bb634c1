import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type DataSource, type Dataset, folds as divide, reopenDataset, subset } from "@unet/datasets";
import { type Task, taskOf } from "@unet/inference";
import { loadModel, saveModel } from "@unet/model";
import { type CalibrationEvent, calibrate } from "./calibration/calibrate.js";
import { type TrainingEvent, tellNotice, type ValidationResult } from "./events.js";
import { type ResumeOptions, resume } from "./resume.js";
import { TrainingAbortedError } from "./run/aborted.js";
import { begin } from "./run/begin.js";
import { runObstacle } from "./run/run-folder.js";
import { atStepZero } from "./run/start.js";
import type { TrainOptions } from "./train-options.js";

/** Options of {@link trainFolds}. */
export interface FoldsOptions extends Pick<TrainOptions, "config" | "own" | "workers" | "signal"> {
  /** Makes the network of a fold, numbered from 1; it is disposed. */
  model: (fold: number) => LayersModel | Promise<LayersModel>;
  samples: Dataset;
  /** How many networks, each trained without its part of the samples. */
  folds: number;
  /** Decides which samples are of which fold, and all that it decides of a run. Default 0. */
  seed?: number;
  onEvent?: (event: FoldsEvent) => void;
  /** Folder for the runs (Node). */
  out: string;
}

/** Options of {@link resumeFolds}. */
export interface ResumeFoldsOptions
  extends Pick<ResumeOptions, "own" | "workers" | "signal">,
    Pick<FoldsOptions, "onEvent"> {
  /** The same samples as before. Default: opened again, where `openDataset` had opened them. */
  samples?: Dataset;
}

/** Events of the runs, one at the beginning of each fold, and those of the calibration after the last. */
export type FoldsEvent = TrainingEvent | FoldEvent | CalibrationEvent;

/** At the beginning of a fold, or where it is resumed. */
export interface FoldEvent {
  type: "fold";
  /** From 1. */
  fold: number;
  folds: number;
}

/** Result of {@link trainFolds}. */
export interface FoldsResult {
  /** The folder of each fold's run. */
  runs: string[];
  /** The evaluation of each network on the samples that it was not trained on. */
  validations: ValidationResult[];
  /**
   * Where the configuration has a task: that, with its output chosen on all samples, each scored by the network that was not
   * trained on it; so `calibration` holds the cross-validated measures. It is in the model of each fold.
   */
  task?: Task;
}

/** The content of `folds.json`. */
interface FoldsState extends Omit<FoldsResult, "runs"> {
  /** Samples that are held out of each fold. */
  heldOut: number[][];
  /** How the samples are opened again. */
  data?: DataSource;
}

/**
 * Cross-validation: trains as many networks as there are folds, each without its part of the samples, which judges it. With
 * few images that says more than a last fifth of them, and the mean of the networks (`meanOf`) predicts better than each.
 *
 * ```ts
 * const { runs, task } = await trainFolds({ model: (fold) => createUNet({ seed: fold }), samples, folds: 5, config, out });
 * console.log(task?.calibration?.measures); // over all samples
 * const scores = await predictTiled(image, meanOf(await loadFolds(out)));
 * ```
 *
 * `out` holds a run for each fold, `fold-1` …, and `folds.json`. All settings are as for `train`, `minutes` those of each
 * network; but each is evaluated once, at its end, and its last weights kept: a choice among weights by the samples that
 * judge them would flatter. Sequences are cut into blocks, as `folds` of `@unet/datasets` does.
 *
 * @throws RangeError as `train`, and where there are more folds than samples, or `out` holds a run already
 * @throws DOMException named `AbortError` after `signal`; {@link resumeFolds} goes on
 */
export async function trainFolds({
  model,
  samples,
  folds,
  config,
  seed = 0,
  out,
  ...options
}: FoldsOptions): Promise<FoldsResult> {
  const { mkdir, rm } = (await import("@unet/image/node")).fs;
  const heldOut = heldOutOf(samples, folds, seed);
  await assertNew(out);
  await mkdir(out, { recursive: true });
  const judgedOnce = { ...config, validateEvery: 0, validations: 0, patience: 0 };
  // All runs get their first checkpoint before the first is trained: `resumeFolds` then never has to ask for a network.
  try {
    for (const [i, held] of heldOut.entries()) {
      const network = await model(i + 1);
      const { own, signal } = options;
      // The events of a beginning come again when the fold is resumed.
      const silent = { own, signal, onEvent: () => {} };
      const run = { ...partsOf(samples, held), ...silent, seed, config: judgedOnce, out: runOf(out, i + 1) };
      const begun = begin(atStepZero(), { ...run, model: network });
      await begun.then((each) => each.dispose()).finally(() => network.dispose());
    }
  } catch (error) {
    for (const fold of heldOut.keys()) await rm(runOf(out, fold + 1), { recursive: true, force: true });
    throw error;
  }
  await writeState(out, { heldOut, data: samples.source, validations: [] });
  return resumeFolds(out, { ...options, samples });
}

/**
 * Goes on with folds that were interrupted: those that are trained are kept, the one in hand resumes to the bit, the others
 * follow. Of complete ones it answers with the result.
 *
 * @param out as {@link trainFolds} was given it
 * @throws Error where a process trains there
 * @throws RangeError where there are no folds, or as `resume`
 */
export async function resumeFolds(out: string, options: ResumeFoldsOptions = {}): Promise<FoldsResult> {
  const { own, workers, signal, onEvent } = options;
  const { lock } = await import("@unet/image/node");
  let state = await readState(out);
  const folds = state.heldOut.length;
  const runs = state.heldOut.map((_, i) => runOf(out, i + 1));
  const samples = options.samples ?? (state.data && (await reopenDataset(state.data)));
  if (!samples) {
    throw new RangeError(`resumeFolds: ${out} was trained on samples made in memory; give them as samples`);
  }
  const onNotice = (text: string) => tellNotice(onEvent, text);
  const unlock = await lock(`${out}/unet.lock`, { what: `the folds ${out}`, onNotice });
  try {
    for (let fold = state.validations.length + 1; fold <= folds; fold++) {
      onEvent?.({ type: "fold", fold, folds });
      const parts = partsOf(samples, state.heldOut[fold - 1]);
      const training = resume(runs[fold - 1], { ...parts, own, workers, signal, onEvent });
      const { model, validation } = await training.catch((error) => {
        if (!(error instanceof TrainingAbortedError)) throw error;
        error.result.model.dispose();
        const after = `after ${error.result.steps} steps of fold ${fold} of ${folds}`;
        throw new DOMException(`trainFolds: stopped ${after}`, "AbortError");
      });
      model.dispose();
      state = { ...state, validations: [...state.validations, validation as ValidationResult] };
      await writeState(out, state);
    }
    if (!state.task) {
      state = { ...state, task: await calibrateAll(out, samples, state.heldOut, { signal, onEvent }) };
      await writeState(out, state);
    }
  } finally {
    await unlock();
  }
  const { validations, task } = state;
  return { runs, validations, ...(task && { task }) };
}

/**
 * The networks of all folds, for `meanOf`; the caller's to dispose.
 *
 * @param out as {@link trainFolds} was given it
 * @throws RangeError where there are no folds, or not all are trained
 */
export async function loadFolds(out: string): Promise<LayersModel[]> {
  const { heldOut, validations } = await readState(out);
  if (validations.length < heldOut.length) {
    throw new RangeError(
      `loadFolds: ${out} has ${validations.length} of ${heldOut.length} folds trained; go on with resumeFolds`,
    );
  }
  const models: LayersModel[] = [];
  try {
    for (const fold of heldOut.keys()) models.push(await loadModel(`${runOf(out, fold + 1)}/model`));
  } catch (error) {
    for (const model of models) model.dispose();
    throw error;
  }
  return models;
}

/** Chooses the task's output with each sample scored by the network that doesn't know it, and gives it to all. */
async function calibrateAll(
  out: string,
  samples: Dataset,
  heldOut: number[][],
  options: Pick<FoldsOptions, "signal" | "onEvent">,
): Promise<Task | undefined> {
  const models = await loadFolds(out);
  try {
    const given = taskOf(models[0]);
    if (!given) return undefined;
    const model = (index: number) => models[heldOut.findIndex((held) => held.includes(index))];
    const task = await calibrate({ model, samples, task: given, ...options });
    for (const [i, network] of models.entries()) {
      network.setUserDefinedMetadata({ ...network.getUserDefinedMetadata(), task });
      await saveModel(network, `${runOf(out, i + 1)}/model`);
    }
    return task;
  } finally {
    for (const network of models) network.dispose();
  }
}

/** The samples that each fold holds out. */
function heldOutOf({ length, sequential, get }: Dataset, k: number, seed: number): number[][] {
  const numbered = { length, sequential, get, source: { spec: "", options: {} } };
  return divide(numbered, { k, seed }).map(([, held]) => [...(held.source?.indices ?? [])]);
}

function partsOf(samples: Dataset, held: number[]): { samples: Dataset; validation: Dataset } {
  const all = Array.from({ length: samples.length }, (_, index) => index);
  const others = all.filter((index) => !held.includes(index));
  return { samples: subset(samples, others), validation: subset(samples, held) };
}

function runOf(out: string, fold: number): string {
  return `${out}/fold-${fold}`;
}

function stateOf(out: string): string {
  return `${out}/folds.json`;
}

/** @throws RangeError where a folder holds a run, or folds */
async function assertNew(out: string): Promise<void> {
  const { readdir } = (await import("@unet/image/node")).fs;
  const obstacle = await runObstacle(out);
  const names = obstacle ? [] : await readdir(out).catch(() => []);
  const found = obstacle?.found ?? names.find((name) => /^fold-\d+$/.test(name));
  if (found === undefined) return;
  const remedy = obstacle?.isRun ? "resume it, or give" : "give";
  throw new RangeError(`trainFolds: ${out} holds ${found}; ${remedy} another folder as out`);
}

async function readState(out: string): Promise<FoldsState> {
  const { readFile } = (await import("@unet/image/node")).fs;
  const text = await readFile(stateOf(out), "utf8").catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new RangeError(`${out} holds no folds.json, so no folds to go on with`);
  });
  return JSON.parse(text);
}

async function writeState(out: string, state: FoldsState): Promise<void> {
  const { writeWhole } = await import("@unet/image/node");
  await writeWhole(stateOf(out), `${JSON.stringify(state, null, 2)}\n`);
}
