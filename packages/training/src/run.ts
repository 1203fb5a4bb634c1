import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { modelGeometry } from "@unet/inference";
import { type ModelMetadata, modelToBytes, setDropoutStep } from "@unet/model";
import { resolveConfig, type TrainingConfig } from "./config.js";
import type { StartEvent, StepEvent } from "./events.js";
import { readOptimizer } from "./optimizer-state.js";
import { type PreparedSamples, type PrepareOptions, prepareSamples } from "./prepare.js";
import { RunFolder } from "./run-folder.js";
import { trainingStep } from "./step.js";
import { type Tile, trainingTiles } from "./tile.js";
import type { Start, TrainingResult, TrainOptions } from "./train-options.js";
import { weightedLoss } from "./validate.js";

/** Thrown where the loss became NaN or infinite. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/** A training run between two steps. */
export class Run {
  private constructor(
    readonly options: TrainOptions,
    readonly result: TrainingResult,
    readonly optimizer: tf.Optimizer,
    readonly tiles: AsyncGenerator<Tile, void, undefined>,
    readonly validation: PreparedSamples | undefined,
    /** Sides of a tile's input and output, px. */
    readonly inputSize: number,
    readonly outputSize: number,
  ) {}

  /** Checks the settings, and prepares the samples. */
  static async begin(start: Start, options: TrainOptions): Promise<Run> {
    const { model, samples, seed = 0, workers } = options;
    const config = resolveConfig(options.config ?? {});
    if (samples.length < 1)
      throw new RangeError("train: samples is empty; give at least one annotated image");
    const preparation = preparationFor(model, config, start.classWeights);
    // the stream of tiles keeps what it was given
    const prepared = await prepareSamples(samples, { ...preparation, cacheBytes: 0 });
    const { classWeights } = prepared;
    const validation =
      options.validation && (await prepareSamples(options.validation, { ...preparation, classWeights }));
    const geometry = modelGeometry(model);
    const { image } = await prepared.get(0);
    const inputSize = config.tileSize ?? geometry.inputSize(Math.min(388, image.width, image.height));
    const outputSize = geometry.outputSize(inputSize);
    const result = { model, config, steps: start.step, history: [...start.history], classWeights };
    const optimizer = tf.train.momentum(config.learningRate, config.momentum);
    const { augmentation } = config;
    const sizes = { inputSize, outputSize };
    const tiles = trainingTiles(prepared, { ...sizes, seed, augmentation, startIndex: start.step, workers });
    return new Run(options, result, optimizer, tiles, validation, inputSize, outputSize);
  }

  /** Learns from the next tile. */
  async step(): Promise<StepEvent> {
    const { result } = this;
    const { seed = 0 } = this.options;
    const { model, config, steps: index } = result;
    const began = performance.now();
    const tile = (await this.tiles.next()).value as Tile;
    const waitedSeconds = (performance.now() - began) / 1000;
    setDropoutStep(model, { seed, step: index });
    const loss = await trainingStep(model, this.optimizer, tile);
    const step = index + 1;
    if (!Number.isFinite(loss)) {
      throw new DivergedError(
        `train: the loss is ${loss} at step ${step}; try a learningRate below ${config.learningRate}`,
      );
    }
    result.steps = step;
    result.history.push({ step, loss });
    const seconds = (performance.now() - began) / 1000;
    return { type: "step", step, steps: config.steps, loss, seconds, waitedSeconds };
  }

  async evaluate(): Promise<void> {
    if (!this.validation) return;
    const { signal, onEvent } = this.options;
    this.result.validation = await weightedLoss(this.result.model, this.validation, { signal });
    onEvent?.({ type: "validation", step: this.result.steps, ...this.result.validation });
  }

  /** Tells the model how it was trained, and writes it and a checkpoint where the run has a folder. */
  async save(): Promise<void> {
    const { model, config, steps: step, history, classWeights } = this.result;
    const { seed = 0, samples, validation, out, onEvent } = this.options;
    const metadata = metadataOf(this.result, seed, samples.length);
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), ...metadata });
    if (out === undefined) return;
    const folder = new RunFolder(out);
    await folder.writeModel(model);
    await folder.writeCheckpoint(
      {
        step,
        seed,
        config,
        source: samples.source,
        validationSource: validation?.source,
        classWeights,
        model: await modelToBytes(model),
        optimizer: await readOptimizer(this.optimizer),
      },
      history,
    );
    onEvent?.({ type: "checkpoint", step, path: folder.checkpointPath });
  }

  describeStart(): StartEvent {
    const { inputSize, outputSize } = this;
    const { model, config, steps: step, classWeights } = this.result;
    const parameters = model.countParams();
    return { type: "start", step, steps: config.steps, parameters, inputSize, outputSize, classWeights };
  }

  async dispose(): Promise<void> {
    await this.tiles.return();
    this.optimizer.dispose();
    // Momentum forgets to free what plain descent holds, its rate.
    tf.SGDOptimizer.prototype.dispose.call(this.optimizer);
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
function metadataOf(result: TrainingResult, seed: number, samples: number): Partial<ModelMetadata> {
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
