import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Normalisation } from "@unet/image";
import { taskOf } from "../segmentation/task.js";
import { modelGeometry } from "./geometry.js";
import { networkMemory } from "./network-memory.js";
import { isOnnxNetwork, type OnnxNetwork, onnxPredictor } from "./onnx.js";
import type { Predictor } from "./predictor.js";

/**
 * A model of layers, or a session of ONNX Runtime, as a {@link Predictor}. Neither is disposed.
 *
 * @param options `approximate`: accept layers whose output depends on the whole input. Default false
 */
export function asPredictor(
  network: LayersModel | OnnxNetwork | Predictor,
  { approximate = false }: { approximate?: boolean } = {},
): Predictor {
  if (isOnnxNetwork(network)) return onnxPredictor(network);
  if ("geometry" in network) return network;
  const [last] = network.outputLayers;
  const ending = last.getClassName() === "Softmax" ? "softmax" : last.getConfig().activation;
  const metadata = network.getUserDefinedMetadata() as { normalisation?: Normalisation } | undefined;
  return {
    geometry: modelGeometry(network, { approximate }),
    channels: network.inputs[0].shape.at(-1) as number,
    classes: network.outputs[0].shape.at(-1) as number,
    normalisation: metadata?.normalisation,
    task: taskOf(network),
    gives: ending === "softmax" || ending === "sigmoid" ? "scores" : "logits",
    ...networkMemory(network),
    async predict({ count, width, height, channels, data }) {
      const scores = tf.tidy(
        () => network.predictOnBatch(tf.tensor4d(data, [count, height, width, channels])) as tf.Tensor,
      );
      try {
        return (await scores.data()) as Float32Array;
      } finally {
        scores.dispose();
      }
    },
  };
}
