import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * The trainable variables of all levels but the frozen ones. A layer belongs to the level that its name begins
 * with: `enc0.conv1` to `enc0`.
 *
 * @throws RangeError where a frozen level is none of the model's, or nothing is left to train
 */
export function trainableVariables(model: LayersModel, frozen: readonly string[]): tf.Variable[] {
  const trained = model.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
  const levels = [...new Set(trained.map(({ name }) => levelOf(name)))];
  const unknown = frozen.find((level) => !levels.includes(level));
  if (unknown !== undefined) {
    throw new RangeError(
      `train: config.freeze names "${unknown}"; the model's levels are ${levels.join(", ")}`,
    );
  }
  const variables = trained
    .filter(({ name }) => !frozen.includes(levelOf(name)))
    .flatMap(({ trainableWeights }) => trainableWeights.map((weight) => weight.read() as tf.Variable));
  if (variables.length === 0) throw new RangeError("train: config.freeze leaves nothing to train");
  return variables;
}

/** A function that says whether a layer, by its name, belongs to one of these levels. */
export function isOfLevels(levels: readonly string[]): (layer: string) => boolean {
  return (layer) => levels.includes(levelOf(layer));
}

function levelOf(layer: string): string {
  return layer.split(".")[0];
}
