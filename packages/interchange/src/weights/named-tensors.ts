import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { UnreadableNetworkError } from "../errors.js";
import { assertFiniteWeights, type Layer, readWeights } from "./layer-weights.js";
import { product, type TensorValues, transpose } from "./transpose.js";

/**
 * Tensors by their names, in the axes of PyTorch and Caffe: convolutions [out, in, height, width], transposed ones
 * [in, out, height, width]. A network's own names are those of its layers with PyTorch's for their parameters:
 * `enc0.conv0.weight`, `enc0.bn0.running_mean`.
 */
export type NamedTensors = Map<string, TensorValues>;

/** TensorFlow.js's [height, width, a, b] and [b, a, height, width], each the other's inverse. */
const CHANNELS_FIRST = [3, 2, 0, 1];
const CHANNELS_LAST = [2, 3, 1, 0];

/** The weights of a network under its own names. */
export async function namedTensorsOf(model: LayersModel): Promise<NamedTensors> {
  const tensors: NamedTensors = new Map();
  const weights = await readWeights(model);
  for (const layer of model.layers) {
    const own = weights.get(layer.name) ?? [];
    for (const [i, name] of parameterNames(layer).entries()) {
      const values = own[i].shape.length === 4 ? transpose(own[i], CHANNELS_FIRST) : own[i];
      tensors.set(`${layer.name}.${name}`, values);
    }
  }
  return tensors;
}

/** The names and shapes of the tensors that a network needs. */
export function expectedTensors(model: LayersModel): Map<string, number[]> {
  const expected = new Map<string, number[]>();
  for (const layer of model.layers) {
    for (const [i, name] of parameterNames(layer).entries()) {
      const shape = layer.weights[i].shape as number[];
      expected.set(
        `${layer.name}.${name}`,
        shape.length === 4 ? CHANNELS_FIRST.map((axis) => shape[axis]) : shape,
      );
    }
  }
  return expected;
}

/**
 * Gives a network the weights that its own names stand for.
 *
 * @param what is read, for messages
 * @param written how the file writes one of its own names
 * @throws UnreadableNetworkError with the table of what is missing, of another shape, or left over
 */
export function setTensors(
  model: LayersModel,
  tensors: NamedTensors,
  what: string,
  written: (name: string) => string = (name) => name,
): void {
  const expected = expectedTensors(model);
  const table: string[] = [];
  for (const [name, shape] of expected) {
    const found = tensors.get(name)?.shape;
    if (found && String(found) === String(shape)) continue;
    table.push(
      `${written(name)}: ${found ? `has the shape ${sized(found)}` : "is missing"}, wanted ${sized(shape)}`,
    );
  }
  for (const [name, { shape }] of tensors) {
    if (!expected.has(name)) table.push(`${written(name)}: ${sized(shape)} is left over`);
  }
  if (table.length > 0) {
    const more = table.length > 1 ? `, and ${table.length - 1} more tensors don't match` : "";
    throw new UnreadableNetworkError(`${what}: ${table[0]}${more}`, { table });
  }
  for (const layer of model.layers) {
    const names = parameterNames(layer);
    if (names.length === 0) continue;
    tf.tidy(() => {
      const weights = names.map((name, i) => {
        const values = tensors.get(`${layer.name}.${name}`)!;
        assertFiniteWeights(values.values, written(`${layer.name}.${name}`));
        const { values: own } = values.shape.length === 4 ? transpose(values, CHANNELS_LAST) : values;
        return tf.tensor(own, layer.weights[i].shape as number[]);
      });
      layer.setWeights(weights);
    });
  }
}

/** A shape as a message says it. */
export function sized(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** @throws UnreadableNetworkError where a tensor has another number of values than its shape says */
export function assertSize(name: string, shape: readonly number[], count: number): void {
  if (shape.every((side) => Number.isSafeInteger(side) && side >= 0) && product(shape) === count) return;
  throw new UnreadableNetworkError(`the tensor ${name} of shape ${sized(shape)} has ${count} values`);
}

/** What PyTorch calls the weights of a layer, in TensorFlow.js's order. */
function parameterNames(layer: Layer): string[] {
  if (layer.getClassName() === "BatchNormalization") return ["weight", "bias", "running_mean", "running_var"];
  return ["weight", "bias"].slice(0, layer.weights.length);
}
