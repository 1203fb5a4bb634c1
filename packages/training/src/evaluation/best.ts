import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ValidationResult } from "../events.js";
import { readTensors, type StateTensor, writeTensors } from "../optimisation/state-tensor.js";
import { isBetter, type RunMeasure } from "./measure.js";

/** The best evaluation so far, as plain data. */
export interface BestState {
  /** After how many steps it was. */
  step: number;
  validation: ValidationResult;
  /** Evaluations since then that were not better. */
  since: number;
}

/** Keeps the best evaluation of a run, and the model's weights at it where `keepWeights`. */
export class Best {
  state?: BestState;
  /** All weights of the model, also those that are not trained; none where they are not kept. */
  weights: StateTensor[] = [];

  constructor(
    readonly keepWeights: boolean,
    readonly measure: RunMeasure,
  ) {}

  /**
   * Whether the evaluation is better than all before it. Among equal values the one with the
   * least loss is better, since a measure may stay 0 for long; among equal losses the earliest. NaN is never better.
   */
  async offer(step: number, validation: ValidationResult, model: LayersModel): Promise<boolean> {
    const { state } = this;
    const { value, loss } = validation;
    // An earlier version could keep NaN as the best, which JSON stores as null.
    const found = state && Number.isFinite(state.validation.value) ? state : undefined;
    const isHigher = !found || isBetter(this.measure, value, found.validation.value);
    const isAsGood = found && value === found.validation.value && loss < found.validation.loss;
    const better = Number.isFinite(value) && (isHigher || isAsGood);
    if (!better) {
      this.state = state && { ...state, since: state.since + 1 };
      return false;
    }
    this.state = { step, validation, since: 0 };
    if (this.keepWeights) this.weights = await readTensors(weightsOf(model));
    return true;
  }

  /** Gives the model the best weights while `work` runs, then puts its own back. */
  async during(model: LayersModel, work: () => Promise<void>): Promise<void> {
    if (this.weights.length === 0) return work();
    const own = await readTensors(weightsOf(model));
    this.apply(model);
    try {
      await work();
    } finally {
      writeTensors(weightsOf(model), own);
    }
  }

  /** Gives the model the best weights for good. */
  apply(model: LayersModel): void {
    if (this.weights.length > 0) writeTensors(weightsOf(model), this.weights);
  }
}

function weightsOf(model: LayersModel): tf.Variable[] {
  return model.weights.map((weight) => weight.read() as tf.Variable);
}
