import type { ModelMetadata } from "@unet/model";
import { freezeStatistics, modelToBytes } from "@unet/model";
import type { Best } from "../evaluation/best.js";
import { type ValidateOptions, validate } from "../evaluation/validate.js";
import type { StartEvent, StepEvent, StoppedEarlyEvent } from "../events.js";
import { DivergedError, explainDivergence, explosionLimit, FIRST_LOSSES } from "../optimisation/diverged.js";
import { type Leg, rateAt } from "../optimisation/schedule.js";
import type { PreparedSamples } from "../samples/prepare.js";
import { type Learner, takeStep } from "../step.js";
import type { TrainingResult, TrainOptions } from "../train-options.js";
import { describeModel } from "./describe-model.js";
import type { RunPlace } from "./run-place.js";
import { reasonToStop } from "./stop.js";

/** What a run is made of. */
export interface RunParts {
  options: TrainOptions;
  /** What it has reached, which changes with each step. */
  result: TrainingResult;
  learner: Learner;
  samples: PreparedSamples;
  /** Whether the stream of tiles keeps all samples once they are prepared. */
  samplesAreKept: boolean;
  validation?: PreparedSamples;
  best: Best;
  /** Where checkpoints and the model are saved, if anywhere. */
  folder?: RunPlace;
  /** The losses of the first steps, by which an exploded one is recognised. */
  firstLosses: number[];
  /** The seconds that the first steps took, while the number of steps is not fixed. */
  firstSeconds: number[];
  /** Sides of a tile's input and output, px. */
  inputSize: number;
  outputSize: number;
}

/** A training run between two steps; `begin` makes one. */
export class Run {
  /** What was prepared before the first step. */
  readonly #preparedBefore: PreparedSamples["prepared"];

  constructor(readonly parts: RunParts) {
    this.#preparedBefore = { ...parts.samples.prepared };
  }

  get result(): TrainingResult {
    return this.parts.result;
  }

  /** Learns from the next tiles, and keeps the record. */
  async step(): Promise<StepEvent> {
    const { result, learner, samples, folder, options, firstLosses, firstSeconds } = this.parts;
    const { config, steps: index } = result;
    const began = performance.now();
    const preparedBefore = samples.prepared.seconds;
    const { from, steps } = result.legs.at(-1) as Leg;
    const rate = rateAt({ ...config, steps }, index - from);
    const limit = explosionLimit(firstLosses, result.classWeights.length);
    const step = index + 1;
    const taken = await takeStep(learner, { index, rate, limit }).catch(async (error) => {
      const at = { step, config, out: typeof options.out === "string" ? options.out : undefined };
      throw error instanceof DivergedError ? await explainDivergence(error, at) : error;
    });
    const { waitedSeconds, ...learnt } = taken;
    const entry = { step, ...learnt, rate };
    result.steps = step;
    result.history.push(entry);
    if (firstLosses.length < FIRST_LOSSES) firstLosses.push(entry.loss);
    await folder?.addToHistory(entry);
    const seconds = (performance.now() - began) / 1000;
    result.seconds += seconds;
    if (config.steps === 0) firstSeconds.push(seconds - (samples.prepared.seconds - preparedBefore));
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

  /** Evaluates the weights of now, or their average, on the validation samples. */
  async evaluate(): Promise<void> {
    const { validation, result, best, folder, options } = this.parts;
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
    await folder?.addToHistory(entry);
    options.onEvent?.({ type: "validation", step, best: isBest, ...found });
  }

  /**
   * How long an evaluation on all validation samples takes, and how long it takes to prepare them, which is done once: as
   * many times what the first of them takes.
   */
  async timeEvaluation(): Promise<{ seconds: number; once: number }> {
    const { validation, result } = this.parts;
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

  /** How many samples were prepared since the run was made, and the seconds that took. */
  preparedSinceStart(): PreparedSamples["prepared"] {
    const { samples, seconds } = this.parts.samples.prepared;
    return {
      samples: samples - this.#preparedBefore.samples,
      seconds: seconds - this.#preparedBefore.seconds,
    };
  }

  get #validating(): ValidateOptions {
    const { validation: originals, own, signal } = this.parts.options;
    const { measure, task, classOf, rims } = this.result.config;
    return { measure, task, classOf, rims, originals, own, signal };
  }

  /** Why the run shall end before its last step, if it shall. */
  reasonToStop(): StoppedEarlyEvent["reason"] | undefined {
    const { result, best } = this.parts;
    return reasonToStop(result.config, best.state, result.seconds);
  }

  /** Writes a checkpoint and the model that is kept, where the run has a folder. */
  async save(): Promise<void> {
    const { result, learner, folder, best, options, firstLosses, firstSeconds } = this.parts;
    describeModel(result, options);
    if (!folder) return;
    const { model, config, legs, steps: step, classWeights, seconds, evaluations } = result;
    const { seed = 0, samples, validation, onEvent } = options;
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
      firstLosses,
      firstSeconds,
      model: await modelToBytes(model),
      tensors: {
        optimizer: await learner.optimizer.read(),
        average: (await learner.average?.read()) ?? [],
        best: best.weights,
      },
    };
    const path = await folder.writeCheckpoint(checkpoint, config.keepCheckpoints);
    await this.#averaged(() => best.during(model, () => folder.writeModel(model)));
    onEvent?.({ type: "checkpoint", step, path });
  }

  /** Writes the settings of the run into its folder, where it has one. */
  async writeConfig(): Promise<void> {
    const { result, options, folder } = this.parts;
    const { model, config, legs } = result;
    const { seed = 0, samples, validation } = options;
    const { architecture } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
    await folder?.writeConfig({
      data: samples.source,
      validation: validation?.source,
      model: architecture,
      training: config,
      ...(legs.length > 1 && { legs }),
      seed,
    });
  }

  /** Evaluates for the last time, and {@link conclude}s. */
  async finish(): Promise<void> {
    await this.evaluate();
    await this.conclude();
  }

  /** Saves, and leaves the model with the weights that are kept: of the best evaluation, or of the last step. */
  async conclude(): Promise<void> {
    const { result, best, learner } = this.parts;
    const kept = best.keepWeights ? best.state : undefined;
    const last = result.evaluations.at(-1);
    result.keptStep = kept?.step ?? result.steps;
    result.validation = kept?.validation ?? (last?.step === result.steps ? last.validation : undefined);
    await this.save();
    learner.average?.exchange();
    best.apply(result.model);
  }

  /** Numbers that are trained. */
  get trainedParameters(): number {
    return this.parts.learner.optimizer.variables.reduce((sum, { size }) => sum + size, 0);
  }

  describeStart(): StartEvent {
    const { inputSize, outputSize, result } = this.parts;
    const { model, config, steps: step, classWeights } = result;
    return {
      type: "start",
      step,
      steps: config.steps,
      parameters: model.countParams(),
      trainedParameters: this.trainedParameters,
      inputSize,
      outputSize,
      accumulate: config.accumulate,
      classWeights,
    };
  }

  async dispose(): Promise<void> {
    const { learner, folder, result } = this.parts;
    await learner.tiles.return();
    learner.optimizer.dispose();
    learner.average?.dispose();
    freezeStatistics(result.model, () => false);
    await folder?.close();
  }

  /** Does `work` with the moving average of the weights in their place, where there is one. */
  async #averaged<T>(work: () => Promise<T>): Promise<T> {
    const { average } = this.parts.learner;
    average?.exchange();
    try {
      return await work();
    } finally {
      average?.exchange();
    }
  }
}
