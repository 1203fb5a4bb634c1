import * as tf from "@tensorflow/tfjs-core";

/**
 * Lets TensorFlow.js find the gradients of operations that are kernels here: that of the rectifier, of one kernel instead of
 * two, taken from the result; and that of batch normalisation over the batch, whose y alone has one. Gradients
 * are of all backends at once: on others all is as before.
 */
export function registerGradients(): void {
  tf.registerGradient({
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y) }),
  });
  tf.registerGradient({
    kernelName: "ReluGrad",
    inputsToSave: ["y"],
    gradFunc: (ddy, [y]) => ({ dy: () => reluGradient(ddy as tf.Tensor, y), y: () => tf.zerosLike(y) }),
  });
  tf.registerGradient({
    kernelName: "FusedBatchNormV3",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, [x, scale, mean, variance, more], attrs) => {
      const inputs = { dy: (dys as tf.Tensor[])[0], x, scale, mean, variance, more };
      const gradients = tf.engine().runKernel("FusedBatchNormGradV3", inputs, attrs);
      const [dx, dscale, doffset] = gradients as unknown as tf.Tensor[];
      return { x: () => dx, scale: () => dscale, offset: () => doffset };
    },
  });
}

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.getKernel("ReluGrad", tf.getBackend()) && y.dtype === "float32"
    ? tf.engine().runKernel("ReluGrad", { dy, y })
    : tf.mul(dy, tf.step(y));
}
