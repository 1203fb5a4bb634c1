import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { TileGeometry } from "@unet/image";
import { modelGeometry } from "@unet/inference";
import { UnsupportedLayerError } from "../errors.js";
import { encodeMessage } from "../protobuf/message.js";
import { type Layer, readWeights } from "../weights/layer-weights.js";
import type { TensorValues } from "../weights/transpose.js";
import { GraphBuilder } from "./graph-builder.js";
import { convolution, crop, layerNodes } from "./layer-nodes.js";
import { metadataText, OUR_KEY } from "./metadata.js";
import { FLOAT, modelSchema, type OnnxModel, type OnnxValue } from "./schema.js";

/** How a network becomes a model of ONNX. */
export interface OnnxOptions {
  /** What is computed of the logits, in the graph: default `"none"`, so that the output is the network's own. */
  activation?: "none" | "softmax" | "sigmoid";
  /** Whether batch normalisation becomes part of the convolution before it, to a rounding error. Default true. */
  foldBatchNormalisation?: boolean;
  /**
   * `"mirror"`: the graph mirrors the image by the network's margin, so that the output is as large as the input, whose
   * sides must be multiples of the geometry's `multiple` and larger than its margin. Default `"none"`: the network as it
   * is.
   */
  border?: "none" | "mirror";
}

/** The version of ONNX's operators that is written, and of its file format. */
const OPSET = 17;
const IR_VERSION = 8;

/**
 * A network as a model of ONNX: opset 17, `image` [batch, channels, height, width] to `logits` or `scores`
 * [batch, classes, height', width'], all but the channels of any size that the network takes.
 *
 * What the model says of itself (architecture, normalisation, classes, task) goes along as JSON in `metadata_props`,
 * under `unet`.
 *
 * ```ts
 * await writeFile("cells.onnx", await toOnnx(model));
 * ```
 *
 * @throws UnsupportedLayerError that names a layer that has no counterpart
 * @throws UnreadableNetworkError where a weight is NaN or infinite
 */
export async function toOnnx(model: LayersModel, options: OnnxOptions = {}): Promise<Uint8Array> {
  const { activation = "none", foldBatchNormalisation = true, border = "none" } = options;
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new UnsupportedLayerError(
      `toOnnx: the network must have one input and one output, got ${model.inputs.length} and ${model.outputs.length}`,
    );
  }
  const geometry = modelGeometry(model, { approximate: true });
  const weights = await readWeights(model);
  const builder = new GraphBuilder();
  const mirrored = border === "mirror" ? mirror(builder, "image", geometry) : undefined;
  let last = addLayers(builder, model, mirrored?.name ?? "image", weights, foldBatchNormalisation);
  if (mirrored && mirrored.extra > 0) {
    const sides = [0, mirrored.extra];
    last = crop(builder, last, "inner", [sides, sides]);
  }
  // of a single class it would be 1 everywhere
  const isSoftmax = activation === "softmax" && (model.outputs[0].shape.at(-1) as number) > 1;
  if (activation !== "none") {
    const [operator, settings] = isSoftmax ? ["Softmax", { axis: 1 }] : ["Sigmoid", {}];
    last = builder.node(operator as string, [last], "activated", settings as Record<string, number>);
  }
  const gives = activation !== "none" || endsInScores(model) ? "scores" : "logits";
  const output = gives;
  builder.rename(last, output);

  const channels = (of: SymbolicTensor) => of.shape.at(-1) as number;
  const isWhole = geometry.padding === "same" || border === "mirror";
  const sides = isWhole ? ["height", "width"] : ["output_height", "output_width"];
  const message: OnnxModel = {
    irVersion: IR_VERSION,
    producer: "@unet/interchange",
    graph: {
      name: model.name,
      nodes: builder.nodes,
      initializers: builder.initializers,
      inputs: [described("image", channels(model.inputs[0]), ["height", "width"])],
      outputs: [described(output, channels(model.outputs[0]), sides)],
    },
    operators: [{ domain: "", version: OPSET }],
    metadata: [{ key: OUR_KEY, value: metadataText(model, gives, border) }],
  };
  return encodeMessage(modelSchema, message as unknown as Record<string, unknown>);
}

/** Adds all layers; answers the name of the value that the network gives. */
function addLayers(
  builder: GraphBuilder,
  model: LayersModel,
  image: string,
  weights: Map<string, TensorValues[]>,
  fold: boolean,
): string {
  const uses = usesOf(model);
  const made = new Map<string, string>();
  const visit = (tensor: SymbolicTensor): string => {
    const known = made.get(tensor.name);
    if (known !== undefined) return known;
    const name = add(tensor);
    made.set(tensor.name, name);
    return name;
  };
  const add = (tensor: SymbolicTensor): string => {
    const layer = tensor.sourceLayer;
    const kind = layer.getClassName();
    if (kind === "InputLayer") return image;
    const [before] = tensor.inputs;
    if (kind === "BatchNormalization" && fold && isFoldable(before) && uses.get(before.name) === 1) {
      const convolved = before.sourceLayer;
      const inputs = before.inputs.map(visit);
      const folded = fuse(layer, weights.get(layer.name)!, weights.get(convolved.name)!);
      return convolution(builder, { layer: convolved, inputs, weights: folded });
    }
    const inputs = tensor.inputs.map(visit);
    const nodes = Object.hasOwn(layerNodes, kind) ? layerNodes[kind] : undefined;
    if (!nodes) {
      throw new UnsupportedLayerError(
        `toOnnx: the layer "${layer.name}" is a ${kind}, which can't be written; known are ${Object.keys(layerNodes).join(", ")}`,
      );
    }
    return nodes(builder, { layer, inputs, weights: weights.get(layer.name) ?? [] });
  };
  return visit(model.outputs[0]);
}

/** How often each value is used. */
function usesOf(model: LayersModel): Map<string, number> {
  const uses = new Map<string, number>();
  const visited = new Set<string>();
  const visit = (tensor: SymbolicTensor): void => {
    uses.set(tensor.name, (uses.get(tensor.name) ?? 0) + 1);
    if (visited.has(tensor.name)) return;
    visited.add(tensor.name);
    for (const input of tensor.inputs) visit(input);
  };
  visit(model.outputs[0]);
  return uses;
}

function isFoldable({ sourceLayer }: SymbolicTensor): boolean {
  return sourceLayer.getClassName() === "Conv2D" && sourceLayer.getConfig().activation === "linear";
}

/** The kernel and the bias of a convolution that does what a normalisation after it does. */
function fuse(layer: Layer, normalisation: TensorValues[], [kernel, bias]: TensorValues[]): TensorValues[] {
  const [gamma, beta, mean, variance] = normalisation.map(({ values }) => values);
  const epsilon = layer.getConfig().epsilon as number;
  const channels = gamma.length;
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + epsilon));
  const values = kernel.values.map((value, i) => value * scale[i % channels]);
  const offset = Float32Array.from(beta, (value, c) => value + ((bias?.values[c] ?? 0) - mean[c]) * scale[c]);
  return [
    { shape: kernel.shape, values },
    { shape: [channels], values: offset },
  ];
}

/**
 * Mirrors the image by the margin of the network, and at the right and at the bottom further, to a size that it takes.
 *
 * @returns `extra`: how many pixels of the output are not wanted there
 */
function mirror(builder: GraphBuilder, x: string, geometry: TileGeometry): { name: string; extra: number } {
  if (geometry.padding === "same") return { name: x, extra: 0 };
  const { margin, multiple, inputSize, outputSize } = geometry;
  const extra = outputSize(inputSize(1)) % multiple;
  const pads = builder.integers("mirrored.pads", [
    0,
    0,
    margin,
    margin,
    0,
    0,
    margin + extra,
    margin + extra,
  ]);
  return { name: builder.node("Pad", [x, pads], "mirrored", { mode: "reflect" }), extra };
}

function endsInScores(model: LayersModel): boolean {
  const [last] = model.outputLayers;
  const ending = last.getClassName() === "Softmax" ? "softmax" : last.getConfig().activation;
  return ending === "softmax" || ending === "sigmoid";
}

function described(name: string, channels: number, sides: string[]): OnnxValue {
  const dimensions = [
    { parameter: "batch" },
    { value: channels },
    ...sides.map((parameter) => ({ parameter })),
  ];
  return { name, type: { tensor: { elementType: FLOAT, shape: { dimensions } } } };
}
