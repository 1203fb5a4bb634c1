import type { LayersModel } from "@tensorflow/tfjs-layers";
import { modelGeometry, type Task, taskOf } from "@unet/inference";
import type { PixelLoss } from "@unet/loss";
import { freezeStatistics, type ModelMetadata, modelToBytes, setDropoutStep } from "@unet/model";
import { checkTaskOf } from "../config/check-config.js";
import type { TrainingConfig } from "../config/config.js";
import { augmented, measuresOf } from "../config/own.js";
import { resolveConfig } from "../config/resolve-config.js";
import { defaultClassNames } from "../config/rims.js";
import { Best } from "../evaluation/best.js";
import { measureNamed } from "../evaluation/measure.js";
import { type ValidateOptions, validate } from "../evaluation/validate.js";
import {
  type StartEvent,
  type StepEvent,
  type StoppedEarlyEvent,
  tellNotice,
  type UnusedSettingsEvent,
} from "../events.js";
import { DivergedError, explainDivergence, explosionLimit, FIRST_LOSSES } from "../optimisation/diverged.js";
import { isOfLevels, trainableVariables } from "../optimisation/levels.js";
import { lossOf } from "../optimisation/loss.js";
import { Optimizer } from "../optimisation/optimizer.js";
import { type Leg, rateAt } from "../optimisation/schedule.js";
import { WeightAverage } from "../optimisation/weight-average.js";
import { type PreparedSamples, type PrepareOptions, prepareSamples } from "../samples/prepare.js";
import { type Tile, trainingTiles } from "../samples/tile.js";
import { suitableTileSize } from "../samples/tile-size.js";
import { trainingStep } from "../step.js";
import type { Start, TrainingResult, TrainOptions } from "../train-options.js";
import { evaluationsThatFit, PACING_STEPS, secondsPerStep, stepsThatFit } from "./pace.js";
import { assertWritable, RunFolder, runObstacle } from "./run-folder.js";
import { reasonToStop } from "./stop.js";

/** About as many bytes of samples the stream of tiles keeps. */
const MOST_KEPT = 2 ** 30;

/** A training run between two steps. */
export class Run {
  /** What was prepared before the first step. */
  readonly #preparedBefore: PreparedSamples["prepared"];

  private constructor(
    readonly options: TrainOptions,
    readonly result: TrainingResult,
    readonly tiles: AsyncGenerator<Tile, void, undefined>,
    readonly validation: PreparedSamples | undefined,
    readonly loss: PixelLoss,
    readonly optimizer: Optimizer,
    readonly average: WeightAverage | undefined,
    readonly best: Best,
    readonly folder: RunFolder | undefined,
    /** What the size of an exploded loss is told by. */
    readonly firstLosses: number[],
    /** What the first steps took, while the number of steps is not fixed. */
    readonly firstSeconds: number[],
    readonly prepared: PreparedSamples,
    /** Whether the stream of tiles keeps all samples once they are prepared. */
    readonly samplesAreKept: boolean,
    /** Sides of a tile's input and output, px. */
    readonly inputSize: number,
    readonly outputSize: number,
  ) {
    this.#preparedBefore = { ...prepared.prepared };
  }

  /** Checks the settings, prepares the samples, and takes up what the checkpoint holds. */
  static async begin(start: Start, options: TrainOptions): Promise<Run> {
    const { model, samples, seed = 0, workers, out } = options;
    const config = resolveConfig(withDefaultsOf(model, options.config), options.own);
    if (config.task) checkTaskOf(config.task, model.outputs[0].shape.at(-1) as number);
    if (samples.length < 1)
      throw new RangeError("train: samples is empty; give at least one annotated image");
    const variables = trainableVariables(model, config.freeze);
    const folder = start.folder ?? (out === undefined ? undefined : await newFolder(out));
    const onNotice = (text: string) => tellNotice(options.onEvent, text);
    const preparation = { ...preparationFor(model, config, start.classWeights), seed, onNotice };
    // the stream of tiles keeps what it was given
    const prepared = await prepareSamples(samples, { ...preparation, cacheBytes: 0 });
    const { classWeights } = prepared;
    const validation =
      options.validation &&
      (await prepareSamples(options.validation, { ...preparation, classWeights, paste: 0 }));
    // Before anything is written, so that samples that don't fit leave nothing behind.
    const { image, labels, weights } = await prepared.get(0);
    const bytes = [image, labels, weights].reduce((sum, { data }) => sum + data.byteLength, 0);
    const samplesAreKept = prepared.length * bytes <= MOST_KEPT;
    config.tileSize ??= await suitableTileSize(model, image);
    const inputSize = config.tileSize;
    const outputSize = modelGeometry(model).outputSize(inputSize);

    const { step, history, evaluations, seconds, firstLosses = [], firstSeconds = [] } = start;
    const legs = start.legs ?? [{ from: 0, steps: config.steps }];
    const progress = { steps: step, keptStep: step, history, evaluations, seconds, legs };
    const result = { model, config, ...progress, classWeights };
    const { augmentation, accumulate } = config;
    const startIndex = step * accumulate;
    const tiles = trainingTiles(prepared, {
      ...{ inputSize, outputSize, seed, augmentation, startIndex, workers },
      onNotice: (text) => tellNotice(options.onEvent, text),
    });
    const optimizer = new Optimizer(variables, config);
    const average = config.average > 0 ? new WeightAverage(variables, config.average) : undefined;
    const own = options.own ?? {};
    const measure = measureNamed(config.measure, measuresOf(own));
    const best = new Best(config.keepBest && config.validateEvery + config.validations > 0, measure);
    if (start.tensors) {
      optimizer.restore(start.tensors.optimizer, step);
      average?.restore(start.tensors.average, step);
      best.weights = start.tensors.best;
    }
    best.state = start.best;
    freezeStatistics(model, isOfLevels(config.freeze));
    const run = new Run(
      options,
      result,
      tiles,
      validation,
      lossOf(config.loss, own.losses),
      optimizer,
      average,
      best,
      folder,
      firstLosses,
      firstSeconds,
      prepared,
      samplesAreKept,
      inputSize,
      outputSize,
    );
    try {
      await run.#openFolder(start);
    } catch (error) {
      await run.dispose();
      throw error;
    }
    // What goes on was given all settings.
    if (!start.folder) run.#tellOfSettings();
    return run;
  }

  /** Learns from the next tiles. */
  async step(): Promise<StepEvent> {
    const { result, options } = this;
    const { model, config, history, steps: index } = result;
    const { seed = 0, out } = options;
    const began = performance.now();
    const preparedBefore = this.prepared.prepared.seconds;
    const tiles: Tile[] = [];
    const first = index * config.accumulate;
    while (tiles.length < config.accumulate) {
      const tile = (await this.tiles.next()).value as Tile;
      const at = { seed, index: first + tiles.length };
      tiles.push(await augmented(tile, config.augmentations, options.own ?? {}, at));
    }
    const waitedSeconds = (performance.now() - began) / 1000;
    setDropoutStep(model, { seed, step: first });
    const { from, steps } = result.legs.at(-1) as Leg;
    const rate = rateAt({ ...config, steps }, index - from);
    const limit = explosionLimit(this.firstLosses, result.classWeights.length);
    const step = index + 1;
    const learnt = await trainingStep(model, this.optimizer, tiles, { rate, loss: this.loss, limit }).catch(
      async (error) => {
        throw error instanceof DivergedError ? await explainDivergence(error, { step, config, out }) : error;
      },
    );
    this.average?.update();
    result.steps = step;
    const entry = { step, ...learnt, rate };
    history.push(entry);
    if (this.firstLosses.length < FIRST_LOSSES) this.firstLosses.push(entry.loss);
    await this.folder?.addToHistory(entry);
    const seconds = (performance.now() - began) / 1000;
    result.seconds += seconds;
    if (config.steps === 0) {
      this.firstSeconds.push(seconds - (this.prepared.prepared.seconds - preparedBefore));
    }
    return { type: "step", steps: config.steps, ...entry, seconds, waitedSeconds };
  }

  /** Whether all steps are done. */
  get isDone(): boolean {
    const { steps, config } = this.result;
    return config.steps > 0 && steps >= config.steps;
  }

  /** Whether an evaluation comes here, beside that at the end. */
  get evaluatesNow(): boolean {
    const { steps: done, config, legs } = this.result;
    const { validateEvery, validations } = config;
    if (validateEvery > 0) return done > 0 && done % validateEvery === 0;
    const { from, steps } = legs.at(-1) as Leg;
    if (steps === 0 || done === from) return false;
    const dueAfter = (count: number) => Math.floor((count * validations) / steps);
    return dueAfter(done - from) > dueAfter(done - from - 1);
  }

  /**
   * Where time alone is given: once the pace of the first steps is known, fixes how many there are, and keeps that as a
   * setting.
   */
  async fixSteps(): Promise<void> {
    const { result, firstSeconds, options } = this;
    const { config, legs } = result;
    const { from } = legs.at(-1) as Leg;
    const left = () => 60 * config.minutes - result.seconds;
    if (config.steps > 0 || result.steps === from) return;
    if (result.steps < from + PACING_STEPS && left() > 0) return;
    const { minutes, validateEvery, accumulate } = config;
    const evaluation = left() > 0 ? await this.#timeEvaluation() : { seconds: 0, once: 0 };
    const asked = config.validations;
    config.validations = Math.min(asked, evaluationsThatFit(left() - evaluation.once, evaluation.seconds));
    const samples = this.prepared.prepared.samples - this.#preparedBefore.samples;
    const seconds = this.prepared.prepared.seconds - this.#preparedBefore.seconds;
    const costs = {
      step: secondsPerStep(firstSeconds),
      sample: seconds / Math.max(samples, 1),
      evaluation: evaluation.seconds,
    };
    const counts = {
      // Those that are not kept are prepared again and again.
      samples: this.samplesAreKept ? this.prepared.length - samples : Number.MAX_SAFE_INTEGER,
      samplesPerStep: accumulate,
      evaluations: Math.max(config.validations, 1),
      validateEvery,
    };
    const step = result.steps;
    const steps = step + stepsThatFit(left() - evaluation.once, costs, counts);
    legs[legs.length - 1] = { from, steps: steps - from, minutes };
    Object.assign(config, { steps, minutes: 0 });
    firstSeconds.length = 0;
    await this.save();
    await this.#writeConfig();
    const fewer = config.validations < asked && { validations: config.validations };
    options.onEvent?.({ type: "paced", step, steps, minutes, secondsPerStep: costs.step, ...fewer });
  }

  /** Evaluates the weights of now, or their average, on the validation samples. */
  async evaluate(): Promise<void> {
    const { validation, result, best } = this;
    const { onEvent } = this.options;
    const { model, steps: step, evaluations } = result;
    if (!validation || evaluations.at(-1)?.step === step) return;
    const began = performance.now();
    let isBest = false;
    const found = await this.#averaged(async () => {
      const taken = await validate(model, validation, this.#validating);
      isBest = await best.offer(step, taken, model);
      return taken;
    });
    result.seconds += (performance.now() - began) / 1000;
    const entry = { step, validation: found };
    evaluations.push(entry);
    await this.folder?.addToHistory(entry);
    onEvent?.({ type: "validation", step, best: isBest, ...found });
  }

  /**
   * What an evaluation on all validation samples takes, and what comes to it once, to prepare them; as many times what the
   * first of them does.
   */
  async #timeEvaluation(): Promise<{ seconds: number; once: number }> {
    const { validation, result } = this;
    if (!validation) return { seconds: 0, once: 0 };
    const began = performance.now();
    await validation.get(0);
    const prepared = performance.now();
    await validate(result.model, { ...validation, length: 1 }, this.#validating);
    const ended = performance.now();
    result.seconds += (ended - began) / 1000;
    const { length } = validation;
    return {
      seconds: (length * (ended - prepared)) / 1000,
      once: ((length - 1) * (prepared - began)) / 1000,
    };
  }

  get #validating(): ValidateOptions {
    const { validation: originals, own, signal } = this.options;
    const { measure, task, classOf, rims } = this.result.config;
    return { measure, task, classOf, rims, originals, own, signal };
  }

  /** Why the run shall end before its last step, if it shall. */
  reasonToStop(): StoppedEarlyEvent["reason"] | undefined {
    return reasonToStop(this.result.config, this.best.state, this.result.seconds);
  }

  /** Writes a checkpoint and the model that is kept, where the run has a folder. */
  async save(): Promise<void> {
    const { folder, result, best } = this;
    this.#describeModel();
    if (!folder) return;
    const { model, config, legs, steps: step, classWeights, seconds, evaluations } = result;
    const { seed = 0, samples, validation, onEvent } = this.options;
    const checkpoint = {
      step,
      seed,
      config,
      legs,
      source: samples.source,
      validationSource: validation?.source,
      classWeights,
      seconds,
      best: best.state,
      evaluations,
      firstLosses: this.firstLosses,
      firstSeconds: this.firstSeconds,
      model: await modelToBytes(model),
      tensors: {
        optimizer: await this.optimizer.read(),
        average: (await this.average?.read()) ?? [],
        best: best.weights,
      },
    };
    const path = await folder.writeCheckpoint(checkpoint, config.keepCheckpoints);
    await this.#averaged(() => best.during(model, () => folder.writeModel(model)));
    onEvent?.({ type: "checkpoint", step, path });
  }

  /** Evaluates for the last time, and {@link conclude}s. */
  async finish(): Promise<void> {
    await this.evaluate();
    await this.conclude();
  }

  /** Saves, and leaves the model with the weights that are kept: of the best evaluation, or of the last step. */
  async conclude(): Promise<void> {
    const { result, best, average } = this;
    const kept = best.keepWeights ? best.state : undefined;
    const last = result.evaluations.at(-1);
    result.keptStep = kept?.step ?? result.steps;
    result.validation = kept?.validation ?? (last?.step === result.steps ? last.validation : undefined);
    await this.save();
    average?.exchange();
    best.apply(result.model);
  }

  describeStart(): StartEvent {
    const { inputSize, outputSize, optimizer } = this;
    const { model, config, steps: step, classWeights } = this.result;
    const { steps, accumulate } = config;
    const parameters = model.countParams();
    const trainedParameters = optimizer.variables.reduce((sum, { size }) => sum + size, 0);
    return {
      ...{ type: "start", step, steps, parameters, trainedParameters },
      ...{ inputSize, outputSize, accumulate, classWeights },
    };
  }

  async dispose(): Promise<void> {
    await this.tiles.return();
    this.optimizer.dispose();
    this.average?.dispose();
    freezeStatistics(this.result.model, () => false);
    await this.folder?.close();
  }

  /** Does `work` with the moving average of the weights in their place, where there is one. */
  async #averaged<T>(work: () => Promise<T>): Promise<T> {
    this.average?.exchange();
    try {
      return await work();
    } finally {
      this.average?.exchange();
    }
  }

  /** Writes where the schedule begins the checkpoint to begin from, then the settings and the history so far. */
  async #openFolder(start: Start): Promise<void> {
    const { folder, result, options } = this;
    if (!folder) return;
    const { onEvent } = options;
    // Before the folder is made: a run that is refused leaves nothing.
    await folder.assertRoom(this.#bytesToCome((await folder.steps()).length));
    if (!start.folder) {
      await folder.open((text) => tellNotice(onEvent, text));
      // Another may have begun while the samples were prepared.
      await newFolder(folder.path);
    }
    const { config, legs, history, evaluations, steps } = result;
    if ((legs.at(-1) as Leg).from === steps) {
      if (steps > 0) {
        onEvent?.({ type: "prolonged", from: steps, steps: config.steps, minutes: config.minutes });
      }
      await this.save();
    }
    await this.#writeConfig();
    await folder.writeHistory([...history, ...evaluations]);
  }

  async #writeConfig(): Promise<void> {
    const { model, config, legs } = this.result;
    const { seed = 0, samples, validation } = this.options;
    const { architecture } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
    await this.folder?.writeConfig({
      data: samples.source,
      validation: validation?.source,
      model: architecture,
      training: config,
      ...(legs.length > 1 && { legs }),
      seed,
    });
  }

  /** About how much the folder will grow at most, where it holds so many checkpoints. */
  #bytesToCome(present: number): number {
    const { optimizer, average, best } = this;
    const { model, config, steps } = this.result;
    const all = model.countParams();
    const trained = optimizer.variables.reduce((sum, { size }) => sum + size, 0);
    const memories = config.optimizer === "sgd" ? 1 : 2;
    const numbers = all + trained * (memories + (average ? 1 : 0)) + (best.keepWeights ? all : 0);
    const left = config.steps > 0 ? config.steps - steps : Number.POSITIVE_INFINITY;
    const toCome = 1 + Math.ceil(left / config.checkpointEvery);
    // One more than are kept, while the newest is written; likewise the model.
    const checkpoints = Math.min(config.keepCheckpoints, present + toCome) + 1 - present;
    return 4 * (numbers * Math.max(checkpoints, 1) + all * (present > 0 ? 1 : 2));
  }

  /** Tells of settings that were given and change nothing, since nothing is validated, or at the end only. */
  #tellOfSettings(): void {
    const { config: given = {}, validation, onEvent } = this.options;
    const { validateEvery, validations } = this.result.config;
    if (this.result.steps > 0 || (validation && validateEvery + validations > 0)) return;
    const names = ["validateEvery", "validations", "patience", "measure", "keepBest"] as const;
    const settings = names.filter((name) => {
      if (name === "keepBest") return given.keepBest;
      if (name === "measure") return !validation && given.measure !== undefined && given.measure !== "loss";
      return (given[name] ?? 0) > 0;
    });
    if (settings.length === 0) return;
    const event: UnusedSettingsEvent = {
      type: "unused",
      settings,
      needs: validation ? "validateEvery" : "validation",
    };
    if (onEvent) onEvent(event);
    else
      console.warn(
        `train: ${settings.map((name) => `config.${name}`).join(", ")} can do nothing without ${event.needs}`,
      );
  }

  /** Tells the model how it was trained. */
  #describeModel(): void {
    const { model, config, steps, history, classWeights, validation } = this.result;
    const { seed = 0, samples } = this.options;
    const metadata: Partial<ModelMetadata> = {
      normalisation: config.normalisation,
      classNames: config.classNames ?? defaultClassNames(classWeights.length, config.rims),
      training: { steps, seed, samples: samples.length, loss: history.at(-1)?.loss, validation, config },
    };
    // TensorFlow.js takes plain JSON only, so no undefined fields.
    const plain = JSON.parse(JSON.stringify({ ...metadata, task: config.task }));
    // A task of before doesn't hold for what was learnt since.
    const { task: _, ...others } = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
    model.setUserDefinedMetadata({ ...others, ...plain });
  }
}

/** The settings, with those of a model that was trained before where they aren't given and fit it. */
function withDefaultsOf(model: LayersModel, given: Partial<TrainingConfig> = {}): Partial<TrainingConfig> {
  const { training, normalisation } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  if (!training) return given;
  const classes = model.outputs[0].shape.at(-1) as number;
  const { rims } = (training.config ?? {}) as Partial<TrainingConfig>;
  return {
    ...given,
    normalisation: given.normalisation ?? normalisation,
    task: given.task ?? taskFitting(model, classes),
    rims: given.rims ?? (rims?.length === classes - 2 && !given.classOf ? rims : undefined),
  };
}

/** The task of a model, which its calibration doesn't outlive; none where the model has got another head since. */
function taskFitting(model: LayersModel, classes: number): Task | undefined {
  const { task } = (model.getUserDefinedMetadata() ?? {}) as { task?: Task };
  if (task?.out?.score?.length !== classes) return undefined;
  const { calibration: _, ...fitting } = taskOf(model) as Task;
  return fitting;
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

function preparationFor(model: LayersModel, config: TrainingConfig, classWeights?: number[]): PrepareOptions {
  const { normalisation, w0, sigma, classOf, task, rims, paste } = config;
  const classes = model.outputs[0].shape.at(-1) as number;
  if (config.classWeights !== "balanced") {
    classWeights ??= config.classWeights;
    if (classWeights.length !== classes) {
      throw new RangeError(
        `train: config.classWeights has ${classWeights.length} numbers, but the model ${classes} classes`,
      );
    }
  }
  return {
    channels: model.inputs[0].shape.at(-1) as number,
    classes,
    normalisation,
    w0,
    sigma,
    classOf,
    task,
    rims,
    paste,
    classWeights,
  };
}
