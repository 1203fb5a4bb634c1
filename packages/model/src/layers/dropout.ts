import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers } from "@tensorflow/tfjs-layers";
import { dropoutMask } from "./mask.js";

/** What a {@link SeededDropout} is made with. */
export interface DropoutConfig {
  name?: string;
  /** Share of the values that become 0; the others are divided by 1 − rate. */
  rate: number;
  seed: number;
}

/**
 * Dropout whose mask depends on the seed, the layer's name and the training step alone: two steps have
 * different masks, two runs the same, on every backend. It is saved as the standard `Dropout`, so that any
 * TensorFlow.js program opens the file.
 */
export class SeededDropout extends layers.Layer {
  static readonly className = "SeededDropout";
  readonly rate: number;
  seed: number;
  /** The step whose mask comes next; each training call goes one on. */
  step = 0;

  constructor({ name, rate, seed }: DropoutConfig) {
    super({ name });
    if (!(rate >= 0 && rate < 1))
      throw new RangeError(`SeededDropout: rate must be 0 to below 1, got ${rate}`);
    this.rate = rate;
    this.seed = seed ?? 0;
    this.supportsMasking = true;
  }

  override getClassName(): string {
    return "Dropout";
  }

  override getConfig() {
    return { ...super.getConfig(), rate: this.rate, noiseShape: null, seed: this.seed };
  }

  override computeOutputShape<Shape>(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0] : inputs;
    if (!training) return tf.clone(input);
    const { rate, seed, name } = this;
    const mask = dropoutMask(input.size, rate, { seed, stream: `dropout/${name}`, step: this.step++ });
    return tf.tidy(() => tf.mul(input, tf.tensor(mask, input.shape)));
  }
}

/**
 * Sets which masks the next training call of `model` uses, so that step k of a run has the same masks
 * whether the run was interrupted or not. Models without {@link SeededDropout} are left as they are.
 */
export function setDropoutStep(model: LayersModel, { seed, step }: { seed: number; step: number }): void {
  for (const layer of model.layers) {
    if (layer instanceof SeededDropout) {
      layer.seed = seed;
      layer.step = step;
    }
  }
}
