import * as tf from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native.js";

const FORWARD = "FusedBatchNormV3";
const BACKWARD = "FusedBatchNormGradV3";

/**
 * Gives the backend `tensorflow` TensorFlow's own batch normalisation over the batch at hand, and its gradient, as the
 * kernel `FusedBatchNormV3`: of `x` `[b, h, w, c]`, `scale` and `offset` `[c]` it makes `[y, mean, variance, …]`, the
 * variance that of a sample, divided by b·h·w − 1. TensorFlow.js puts the same together from some 25 operations, each of
 * which walks over all of the map. Only y has a gradient.
 *
 * Does nothing the second time.
 */
export function registerBatchNormalisation(): void {
  if (tf.getKernel(FORWARD, "tensorflow")) return;
  tf.registerKernel({
    kernelName: FORWARD,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, scale, offset } = inputs as Record<string, tf.TensorInfo>;
      const none = tf.tensor1d([]);
      const outputs = execute(backend, FORWARD, attrs, [x, scale, offset, none, none], 6);
      none.dispose();
      return outputs;
    },
  });
  tf.registerKernel({
    kernelName: BACKWARD,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, x, scale, ...saved } = inputs as Record<string, tf.TensorInfo>;
      const { mean, variance, more } = saved;
      return execute(backend, BACKWARD, attrs, [dy, x, scale, mean, variance, more], 5);
    },
  });
  tf.registerGradient({
    kernelName: FORWARD,
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, [x, scale, mean, variance, more], attrs) => {
      const inputs = { dy: (dys as tf.Tensor[])[0], x, scale, mean, variance, more };
      const [dx, dscale, doffset] = tf.engine().runKernel(BACKWARD, inputs, attrs) as unknown as tf.Tensor[];
      return { x: () => dx, scale: () => dscale, offset: () => doffset };
    },
  });
}

function execute(
  backend: unknown,
  name: string,
  attrs: unknown,
  inputs: tf.TensorInfo[],
  outputs: number,
): tf.TensorInfo[] {
  const native = backend as NativeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = native.binding;
  const attributes = [
    { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "U", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "epsilon", type: TF_ATTR_FLOAT, value: (attrs as { epsilon: number }).epsilon },
    { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: TF_ATTR_BOOL, value: true },
  ];
  return native.executeMultipleOutputs(name, attributes, inputs, outputs);
}
