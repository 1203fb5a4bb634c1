// Trains a little on simd, in a page, a worker or Node, and tells with what it computed, and all values as one number.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { describeSimd, setThreads } from "@unet/backend-simd";

/** @param threads how many; by default as many as the backend takes by itself */
export async function compute(threads) {
  if (threads) setThreads(threads);
  await tf.setBackend("simd");
  const values = (shape, seed) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
        Math.fround(((i * 7919 + seed) % 1009) / 1009 - 0.5),
      ),
      shape,
    );
  let hash = 0x811c9dc5;
  for (let round = 0; round < 20; round++) {
    const results = tf.tidy(() => {
      const network = (x, first, second) => {
        const map = tf.maxPool(tf.relu(tf.conv2d(x, first, 1, "same")), 2, 2, "valid");
        return tf.mean(tf.square(tf.conv2d(map, second, 1, "valid")));
      };
      const inputs = [values([1, 64, 62, 3], round), values([3, 3, 3, 16], 5), values([3, 3, 16, 8], 9)];
      return tf.grads(network)(inputs);
    });
    for (const result of results) {
      for (const word of new Uint32Array(result.dataSync().slice().buffer))
        hash = Math.imul(hash ^ word, 0x01000193);
    }
    tf.dispose(results);
  }
  return { ...describeSimd(), isolated: globalThis.crossOriginIsolated, hash: hash >>> 0 };
}

if (typeof WorkerGlobalScope === "function") compute().then((result) => self.postMessage(result));
