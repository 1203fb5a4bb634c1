import type { LayersModel } from "@tensorflow/tfjs-layers";
import { UnreadableNetworkError } from "../errors.js";
import type { TensorValues } from "./transpose.js";

/** A layer of TensorFlow.js, as `model.layers` has it. */
export type Layer = LayersModel["layers"][number];

/**
 * The weights of each layer that has any, in the layer's order and TensorFlow.js's axes.
 *
 * @throws UnreadableNetworkError that names a weight that is NaN or infinite
 */
export async function readWeights(model: LayersModel): Promise<Map<string, TensorValues[]>> {
  const weights = new Map<string, TensorValues[]>();
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const own: TensorValues[] = [];
    for (const [i, tensor] of layer.getWeights().entries()) {
      const values = (await tensor.data()) as Float32Array;
      assertFiniteWeights(values, layer.weights[i].originalName);
      own.push({ shape: tensor.shape, values });
    }
    weights.set(layer.name, own);
  }
  return weights;
}

/** @throws UnreadableNetworkError where a value is NaN or infinite */
export function assertFiniteWeights(values: ArrayLike<number>, name: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new UnreadableNetworkError(
      `the weight ${name} holds ${values[i]} at ${i}; a network must be finite to be of use`,
    );
  }
}
