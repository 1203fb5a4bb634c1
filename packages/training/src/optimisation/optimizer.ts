import * as tf from "@tensorflow/tfjs-core";
import type { TrainingConfig } from "../config/config.js";
import { readTensors, type StateTensor, writeTensors } from "./state-tensor.js";

/** How an {@link Optimizer} moves the weights; see {@link TrainingConfig}. */
export type OptimizerOptions = Pick<TrainingConfig, "optimizer" | "momentum" | "weightDecay" | "clipNorm">;

/** Adam's decay rates of the two moments, and what keeps it from dividing by zero (Kingma and Ba 2015). */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The operations that a backend may have for an update; the README of `@unet/backend-simd` tells what they compute. */
const MOMENTUM = "UNetMomentum";
const ADAM = "UNetAdam";

function isFused({ optimizer }: OptimizerOptions): boolean {
  return tf.getKernel(optimizer === "sgd" ? MOMENTUM : ADAM, tf.getBackend()) !== undefined;
}

/** One update of one variable. */
interface Move {
  variable: tf.Variable;
  gradient: tf.Tensor;
  /** What the optimiser remembers of it. */
  memory: tf.Variable[];
  /** Step size. */
  rate: number;
  /** What clipping multiplies the gradient by. */
  scale: number;
}

/**
 * Moves variables against their gradients g at a rate η given for each update; the same numbers as
 * PyTorch's `SGD`, `Adam` and `AdamW` of the same names.
 *
 * - `"sgd"`: v ← μ·v + g, w ← w − η·v
 * - `"adam"`: w ← w − η·m̂ / (√v̂ + 1e-8), with moments of decay 0.9 and 0.999 and their bias corrected
 * - `"adamw"`: the same, with the weight decay apart from the gradient (Loshchilov and Hutter 2019)
 *
 * Weight decay λ adds λ·w to g, and for `"adamw"` does w ← w·(1 − η·λ) first. `clipNorm` shortens the gradient
 * of all variables together to that length, before everything else.
 */
export class Optimizer {
  /** Updates done. */
  updates = 0;
  /** For each variable what the optimiser remembers: the velocity, or two moments. */
  readonly #memories: tf.Variable[][];

  constructor(
    readonly variables: readonly tf.Variable[],
    readonly options: OptimizerOptions,
  ) {
    const count = options.optimizer === "sgd" ? 1 : 2;
    this.#memories = variables.map((variable) =>
      Array.from({ length: count }, () => tf.tidy(() => tf.variable(tf.zerosLike(variable), false))),
    );
  }

  /**
   * One update.
   *
   * @param gradients of the variables, in their order; not disposed
   * @param rate step size of this update
   * @param norm length of all gradients together, which clipping needs
   */
  update(gradients: readonly tf.Tensor[], rate: number, norm: number): void {
    const { clipNorm } = this.options;
    // As PyTorch, so that a norm of 0 does no harm.
    const scale = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1;
    this.updates++;
    this.variables.forEach((variable, i) => {
      tf.tidy(() => {
        const move = isFused(this.options) ? this.#moveFused : this.#move;
        move.call(this, { variable, gradient: gradients[i], memory: this.#memories[i], rate, scale });
      });
    });
  }

  /** By one operation of the backend, the same numbers in one walk over memory. */
  #moveFused({ variable, gradient, memory, rate, scale }: Move): void {
    const { optimizer, weightDecay, momentum } = this.options;
    const decay = optimizer === "adamw" ? 0 : weightDecay;
    const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: Record<string, number>) =>
      tf
        .engine()
        .runKernel(name, { weights: variable, gradient, ...inputs }, { scale, decay, ...attributes });
    const outputs =
      optimizer === "sgd"
        ? run(MOMENTUM, { velocity: memory[0] }, { momentum, rate })
        : run(
            ADAM,
            { first: memory[0], second: memory[1] },
            {
              keep: optimizer === "adamw" ? 1 - rate * weightDecay : 1,
              beta1: BETA1,
              beta2: BETA2,
              step: rate / (1 - BETA1 ** this.updates),
              root: Math.sqrt(1 - BETA2 ** this.updates),
              epsilon: EPSILON,
            },
          );
    const values = outputs as unknown as tf.Tensor[];
    for (const [i, target] of [variable, ...memory].entries()) target.assign(values[i]);
  }

  #move({ variable, gradient: whole, memory, rate, scale }: Move): void {
    const { optimizer, weightDecay } = this.options;
    const coupled = weightDecay > 0 && optimizer !== "adamw";
    const given = scale < 1 ? tf.mul(whole, scale) : whole;
    const gradient = coupled ? tf.add(given, tf.mul(variable, weightDecay)) : given;
    if (optimizer === "sgd") {
      const [velocity] = memory;
      velocity.assign(tf.add(tf.mul(velocity, this.options.momentum), gradient));
      variable.assign(tf.add(variable, tf.mul(velocity, -rate)));
      return;
    }
    const [first, second] = memory;
    first.assign(tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1)));
    second.assign(tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    const step = rate / (1 - BETA1 ** this.updates);
    const root = tf.div(tf.sqrt(second), Math.sqrt(1 - BETA2 ** this.updates));
    const change = tf.mul(tf.div(first, tf.add(root, EPSILON)), -step);
    const decayed = weightDecay > 0 && !coupled ? tf.mul(variable, 1 - rate * weightDecay) : variable;
    variable.assign(tf.add(decayed, change));
  }

  /** The optimiser's state (velocity or moments), copied off the backend. */
  read(): Promise<StateTensor[]> {
    return readTensors(this.#memories.flat());
  }

  /**
   * Restores the state that {@link read} read after `updates` updates.
   *
   * @throws RangeError where it is of other variables
   */
  restore(state: readonly StateTensor[], updates: number): void {
    writeTensors(this.#memories.flat(), state);
    this.updates = updates;
  }

  /** Frees what it remembers; the variables stay. */
  dispose(): void {
    tf.dispose(this.#memories.flat());
  }
}
