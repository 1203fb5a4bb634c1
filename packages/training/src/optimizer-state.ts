import * as tf from "@tensorflow/tfjs-core";

/** One tensor of an optimiser, off the backend. */
export interface StateTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

/** The optimiser's tensors (its step count first, then what it keeps for each weight) as plain numbers. */
export async function readOptimizer(optimizer: tf.Optimizer): Promise<StateTensor[]> {
  const [iterations, ...rest] = await optimizer.getWeights();
  try {
    return await Promise.all(
      [iterations, ...rest].map(async ({ name, tensor }) => ({
        name,
        shape: tensor.shape,
        data: Float32Array.from(await tensor.data()),
      })),
    );
  } finally {
    // getWeights makes the step count anew each time; the others are the optimiser's own.
    iterations.tensor.dispose();
  }
}

/** Puts back what {@link readOptimizer} read. */
export async function restoreOptimizer(optimizer: tf.Optimizer, state: StateTensor[]): Promise<void> {
  const tensors = state.map(({ name, shape, data }) => ({ name, tensor: tf.tensor(data, shape) }));
  try {
    await optimizer.setWeights(tensors);
  } finally {
    tf.dispose(tensors.map(({ tensor }) => tensor));
  }
}
