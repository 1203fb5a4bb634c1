import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { modelGeometry } from "@unet/inference";
import { type ModelMetadata, modelToBytes, setDropoutStep } from "@unet/model";
import { resolveConfig, type TrainingConfig } from "./config.js";
import type { TrainingEvent, ValidationResult } from "./events.js";
import { readOptimizer, restoreOptimizer, type StateTensor } from "./optimizer-state.js";
import { type PrepareOptions, prepareSamples, type Samples } from "./prepare.js";
import { type HistoryEntry, RunFolder } from "./run-folder.js";
import { trainingStep } from "./step.js";
import { cutTile, sampleOrder } from "./tile.js";
import { weightedLoss } from "./validate.js";

/** What {@link train} is given. */
export interface TrainOptions {
  /** The network, with logits of `[batch, height, width, classes]`; trained in place, not disposed. */
  model: LayersModel;
  samples: Samples;
  /** Samples that are only evaluated: at the end, and every `config.validateEvery` steps. */
  validation?: Samples;
  config?: Partial<TrainingConfig>;
  /** Decides the order of samples, the tiles and the dropout masks. Default 0. */
  seed?: number;
  /** Stops the run after the step in hand. */
  signal?: AbortSignal;
  onEvent?: (event: TrainingEvent) => void;
  /** Folder of the run (Node): checkpoints, the loss of every step, and the model. */
  out?: string;
}

/** What {@link train} ends with. */
export interface TrainingResult {
  model: LayersModel;
  /** The configuration with every default filled in. */
  config: TrainingConfig;
  /** Steps done. */
  steps: number;
  history: HistoryEntry[];
  classWeights: number[];
  /** Of the last evaluation, where validation samples were given. */
  validation?: ValidationResult;
}

/** Where a run begins: at step 0, or at a checkpoint. */
export interface Start {
  step: number;
  history: HistoryEntry[];
  classWeights?: number[];
  optimizer?: StateTensor[];
}

/** Thrown where the loss became NaN or infinite. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/**
 * Trains as the paper does (section 3): stochastic gradient descent with high momentum on one large
 * deformed tile a step, whose pixels are weighted by class frequency and by closeness to two cells.
 *
 * The model's metadata then holds the normalisation, the class names and a summary of the training, which
 * `saveModel` keeps and `predictTiled` applies by itself.
 *
 * @throws RangeError where the configuration or a sample does not fit
 * @throws DOMException named `AbortError` after `signal`, once a checkpoint is written where `out` is given
 * @throws DivergedError where the loss is no longer a finite number
 */
export function train(options: TrainOptions): Promise<TrainingResult> {
  return trainFrom({ step: 0, history: [] }, options);
}

/** {@link train} from any step on. */
export async function trainFrom(start: Start, options: TrainOptions): Promise<TrainingResult> {
  const { model, samples, seed = 0, signal, onEvent = () => {} } = options;
  const config = resolveConfig(options.config ?? {});
  if (samples.length < 1) throw new RangeError("train: samples is empty; give at least one annotated image");

  const preparation = preparationFor(model, config, start.classWeights);
  const prepared = await prepareSamples(samples, preparation);
  const { classWeights } = prepared;
  const validation =
    options.validation && (await prepareSamples(options.validation, { ...preparation, classWeights }));

  const geometry = modelGeometry(model);
  const first = await prepared.get(0);
  const inputSize =
    config.tileSize ?? geometry.inputSize(Math.min(388, first.image.width, first.image.height));
  const outputSize = geometry.outputSize(inputSize);

  const folder = options.out === undefined ? undefined : new RunFolder(options.out);
  const optimizer = tf.train.momentum(config.learningRate, config.momentum);
  const result: TrainingResult = {
    model,
    config,
    steps: start.step,
    history: [...start.history],
    classWeights,
  };

  const evaluate = async () => {
    if (!validation) return;
    result.validation = await weightedLoss(model, validation, { signal });
    onEvent({ type: "validation", step: result.steps, ...result.validation });
  };

  const save = async () => {
    const metadata = describe(result, seed, samples.length);
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), ...metadata });
    if (!folder) return;
    await folder.writeModel(model);
    await folder.writeCheckpoint(
      {
        step: result.steps,
        seed,
        config,
        source: samples.source,
        validationSource: options.validation?.source,
        classWeights,
        model: await modelToBytes(model),
        optimizer: await readOptimizer(optimizer),
      },
      result.history,
    );
    onEvent({ type: "checkpoint", step: result.steps, path: folder.checkpointPath });
  };

  try {
    if (start.optimizer) await restoreOptimizer(optimizer, start.optimizer);
    const parameters = model.countParams();
    onEvent({
      type: "start",
      step: start.step,
      steps: config.steps,
      parameters,
      inputSize,
      outputSize,
      classWeights,
    });
    const orderOf = sampleOrder(prepared.length, seed);
    for (let index = start.step; index < config.steps; index++) {
      if (signal?.aborted) {
        await save();
        throw new DOMException(`train: stopped after ${index} of ${config.steps} steps`, "AbortError");
      }
      const began = performance.now();
      const sample = await prepared.get(orderOf(index));
      const tile = cutTile(sample, { inputSize, outputSize, seed, index, augmentation: config.augmentation });
      const cut = performance.now();
      setDropoutStep(model, { seed, step: index });
      const loss = await trainingStep(model, optimizer, tile);
      if (!Number.isFinite(loss)) {
        throw new DivergedError(
          `train: the loss is ${loss} at step ${index + 1}; try a learningRate below ${config.learningRate}`,
        );
      }
      const step = index + 1;
      result.steps = step;
      result.history.push({ step, loss });
      const seconds = (performance.now() - began) / 1000;
      onEvent({ type: "step", step, steps: config.steps, loss, seconds, tileSeconds: (cut - began) / 1000 });

      if (step < config.steps) {
        if (config.validateEvery > 0 && step % config.validateEvery === 0) await evaluate();
        if (step % config.checkpointEvery === 0) await save();
      }
      await letOthersRun();
    }
    await evaluate();
    await save();
    return result;
  } finally {
    optimizer.dispose();
    // Momentum forgets to free what plain descent holds, its rate.
    tf.SGDOptimizer.prototype.dispose.call(optimizer);
  }
}

function preparationFor(model: LayersModel, config: TrainingConfig, classWeights?: number[]): PrepareOptions {
  const { normalisation, w0, sigma, classOf } = config;
  return {
    channels: model.inputs[0].shape.at(-1) as number,
    classes: model.outputs[0].shape.at(-1) as number,
    normalisation,
    w0,
    sigma,
    classOf,
    classWeights,
  };
}

/** The metadata that a trained model carries. */
function describe(result: TrainingResult, seed: number, samples: number): Partial<ModelMetadata> {
  const { config, steps, history, classWeights, validation } = result;
  const metadata = {
    normalisation: config.normalisation,
    classNames:
      config.classNames ?? classWeights.map((_, label) => (label === 0 ? "background" : `class ${label}`)),
    training: { steps, seed, samples, loss: history.at(-1)?.loss, validation, config },
  };
  // TensorFlow.js takes plain JSON only, so no undefined fields.
  return JSON.parse(JSON.stringify(metadata));
}

/**
 * Hands the thread back for a moment: on backends that compute synchronously a loop of awaited results
 * would otherwise starve timers, signals and the page.
 */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
