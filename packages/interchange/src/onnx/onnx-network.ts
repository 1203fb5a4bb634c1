import { normalisations } from "@unet/image";
import { checkTask, layersGeometry, type OnnxNetwork, type OnnxSession } from "@unet/inference";
import { UnreadableNetworkError } from "../errors.js";
import { readOnnx } from "./read-onnx.js";

/** What {@link onnxNetwork} makes: all that `predictTiled` and `segment` want to know beside the session. */
export type OnnxGraph = OnnxNetwork & { channels: number; classes: number };

/**
 * A model of ONNX as `predictTiled` and `segment` take it: run by a session of ONNX Runtime, its geometry read from its
 * graph, its normalisation and its task from its metadata. Nodes that no layer of TensorFlow.js does are fine, where each
 * pixel of what they give depends on its own neighbourhood alone.
 *
 * ```ts
 * const bytes = await readFile("cells.onnx");
 * const session = await InferenceSession.create(bytes);
 * const { labels } = await segment(image, onnxNetwork(bytes, session));
 * ```
 *
 * @throws UnreadableNetworkError where the graph is damaged, names the node whose geometry isn't known, or takes images of one
 *   size only
 * @throws RangeError where tiles can't reproduce what it does, as `modelGeometry` says it
 */
export function onnxNetwork(bytes: Uint8Array, session: OnnxSession): OnnxGraph {
  const { layers, input, output, channels, classes, said, fixed } = readOnnx(bytes);
  if (fixed) {
    throw new UnreadableNetworkError(
      `the ONNX model takes images of ${fixed.join(" × ")} px only; export it with dynamic axes, or make a model of it by fromOnnx`,
    );
  }
  const endsIn = layers.findLast(({ output: made }) => made === output);
  const isActivated = endsIn?.kind === "Softmax" || endsIn?.config.activation === "sigmoid";
  const normalisation = normalisations.find((name) => name === said.normalisation);
  return {
    session,
    geometry: layersGeometry(layers, { input, output }),
    layout: "NCHW",
    channels,
    classes,
    gives: isActivated ? "scores" : "logits",
    ...(normalisation && { normalisation }),
    ...(said.task !== undefined && { task: checkTask(said.task, classes) }),
  };
}
