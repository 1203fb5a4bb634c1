import * as tf from "@tensorflow/tfjs-core";
import { readTensors, type StateTensor, writeTensors } from "./state-tensor.js";

/**
 * The exponential moving average of weights: s ← d·s + (1 − d)·w after each update, with
 * d = min(decay, (1 + n) / (10 + n)) at update n = 0, 1, … so that the weights it began with are soon forgotten.
 *
 * ```ts
 * const average = new WeightAverage(variables, 0.999);
 * average.update(); // after each step
 * average.exchange(); // the variables now have the averages; a second time puts them back
 * average.exchange();
 * average.dispose();
 * ```
 */
export class WeightAverage {
  /** Updates done. */
  updates = 0;
  readonly #averages: tf.Variable[];

  constructor(
    readonly variables: readonly tf.Variable[],
    readonly decay: number,
  ) {
    this.#averages = variables.map((variable) => tf.tidy(() => tf.variable(tf.clone(variable), false)));
  }

  /** Takes the variables' values of now into the average. */
  update(): void {
    const decay = Math.min(this.decay, (1 + this.updates) / (10 + this.updates));
    this.updates++;
    this.#averages.forEach((average, i) => {
      tf.tidy(() => average.assign(tf.add(tf.mul(average, decay), tf.mul(this.variables[i], 1 - decay))));
    });
  }

  /** Exchanges the variables' values and their averages; a second time puts them back, to the bit. */
  exchange(): void {
    this.#averages.forEach((average, i) => {
      tf.tidy(() => {
        const weights = tf.clone(this.variables[i]);
        this.variables[i].assign(tf.clone(average));
        average.assign(weights);
      });
    });
  }

  /** The averages, off the backend. */
  read(): Promise<StateTensor[]> {
    return readTensors(this.#averages);
  }

  /** Restores the averages that {@link read} read after `updates` updates. */
  restore(state: readonly StateTensor[], updates: number): void {
    writeTensors(this.#averages, state);
    this.updates = updates;
  }

  /** Frees the averages; the variables stay. */
  dispose(): void {
    tf.dispose(this.#averages);
  }
}
