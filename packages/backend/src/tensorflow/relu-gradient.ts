import * as tf from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native.js";

const KERNEL = "ReluGrad";

/**
 * Lets TensorFlow compute the gradient of the rectifier, dy where y > 0, by its own operation. TensorFlow.js puts it
 * together from six, each of which walks over all of the map. It is taken from the result instead of the input,
 * which then need not be kept for the way back. Other backends go on as before, by two operations.
 *
 * Does nothing the second time.
 */
export function registerReluGradient(): void {
  if (tf.getKernel(KERNEL, "tensorflow")) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, backend }) => {
      const { executeSingleOutput, binding } = backend as NativeBackend;
      const float = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
      return executeSingleOutput.call(
        backend,
        KERNEL,
        [float],
        [inputs.dy as tf.TensorInfo, inputs.y as tf.TensorInfo],
      );
    },
  });
  tf.registerGradient({
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y) }),
  });
  tf.registerGradient({
    kernelName: KERNEL,
    inputsToSave: ["y"],
    gradFunc: (ddy, [y]) => ({ dy: () => reluGradient(ddy as tf.Tensor, y), y: () => tf.zerosLike(y) }),
  });
}

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.getKernel(KERNEL, tf.getBackend()) && y.dtype === "float32"
    ? tf.engine().runKernel(KERNEL, { dy, y })
    : tf.mul(dy, tf.step(y));
}
