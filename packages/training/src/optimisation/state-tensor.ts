import * as tf from "@tensorflow/tfjs-core";

/** A tensor off the backend. */
export interface StateTensor {
  shape: number[];
  data: Float32Array;
}

/** Copies tensors off the backend. */
export function readTensors(tensors: readonly tf.Tensor[]): Promise<StateTensor[]> {
  return Promise.all(
    tensors.map(async (tensor) => ({
      shape: tensor.shape,
      // A copy: the plain JavaScript backend hands out its own array.
      data: Float32Array.from(await tensor.data()),
    })),
  );
}

/**
 * Sets variables to what {@link readTensors} read.
 *
 * @throws RangeError where number or shapes differ
 */
export function writeTensors(variables: readonly tf.Variable[], values: readonly StateTensor[]): void {
  const shapesOf = (tensors: readonly { shape: number[] }[]) =>
    tensors.map(({ shape }) => `[${shape}]`).join(" ");
  if (shapesOf(variables) !== shapesOf(values)) {
    throw new RangeError(
      `writeTensors: the values must fit the variables' shapes ${shapesOf(variables)}, got ${shapesOf(values)}`,
    );
  }
  variables.forEach((variable, i) => {
    tf.tidy(() => variable.assign(tf.tensor(values[i].data, values[i].shape)));
  });
}
