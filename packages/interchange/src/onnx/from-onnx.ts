import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model as layersModel,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { BilinearUpsampling, createUNet } from "@unet/model";
import { UnreadableNetworkError } from "../errors.js";
import { describe, type ImportOptions } from "../weights/imported.js";
import { assertFiniteWeights } from "../weights/layer-weights.js";
import { type NamedTensors, setTensors } from "../weights/named-tensors.js";
import { transpose } from "../weights/transpose.js";
import { constantOf } from "./constants.js";
import { type ReadOnnx, readOnnx } from "./read-onnx.js";
import type { TracedLayer } from "./trace.js";

/**
 * The network in a model of ONNX: U-Nets as {@link toOnnx} writes them, and as PyTorch's exporter does, for images of one size
 * or of any. One of `createUNet` without batch normalisation becomes that again; any other becomes a model of standard
 * layers, an activation at its end included.
 *
 * ```ts
 * const network = fromOnnx(await readFile("unet.onnx"), { normalisation: "z-score" });
 * ```
 *
 * @throws UnreadableNetworkError that names the node that no layer does
 */
export function fromOnnx(bytes: Uint8Array, options: ImportOptions = {}): LayersModel {
  const read = readOnnx(bytes);
  const made = ours(read) ?? generic(read);
  return describe(made, options, read.said);
}

/** The network of `createUNet` that was written, where its weights are as they were. */
function ours({ model, said }: ReadOnnx): LayersModel | undefined {
  const { architecture, gives } = said;
  if (!architecture || architecture.batchNormalisation || gives !== "logits") return undefined;
  const tensors: NamedTensors = new Map();
  for (const tensor of model.graph.initializers) {
    const { name = "" } = tensor;
    if (!/\.(weight|bias)$/.test(name)) continue;
    const { shape, values } = constantOf(tensor, name);
    tensors.set(name, { shape, values: values as Float32Array });
  }
  const made = createUNet(architecture);
  try {
    setTensors(made, tensors, "the ONNX model");
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}

/** A model of standard layers. */
function generic(read: ReadOnnx): LayersModel {
  const unknown = read.layers.find((layer) => layer.unknown !== undefined);
  if (unknown) {
    throw new UnreadableNetworkError(
      `the ONNX node "${unknown.name}" has ${unknown.unknown}, which no layer of a U-Net does; a session of ONNX Runtime runs it, and onnxNetwork says its geometry`,
    );
  }
  const image = input({ shape: [null, null, read.channels], name: "image" });
  const maps = new Map<string, SymbolicTensor>([[read.input, image]]);
  const names = new Set<string>(["image"]);
  const weighted: Array<[layers.Layer, TracedLayer]> = [];
  for (const traced of read.layers) {
    const layer = layerFor(traced, freeName(traced.name, names));
    const inputs = traced.inputs.map((name) => maps.get(name)!);
    const made = layer.apply(inputs.length === 1 ? inputs[0] : inputs) as SymbolicTensor;
    maps.set(
      traced.output,
      traced.kind === "Cropping2D" ? sizeless(made, freeName(`${traced.name}.size`, names)) : made,
    );
    if (traced.weights.length > 0) weighted.push([layer, traced]);
  }
  const made = layersModel({ inputs: image, outputs: maps.get(read.output)!, name: "unet" });
  try {
    for (const [layer, traced] of weighted) setWeights(layer, traced);
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}

function layerFor({ kind, config }: TracedLayer, name: string): layers.Layer {
  const given = { ...config, name } as never;
  const zeros = { ...config, name, kernelInitializer: "zeros" } as never;
  switch (kind) {
    case "Conv2D":
      return layers.conv2d(zeros);
    case "Conv2DTranspose":
      return layers.conv2dTranspose(zeros);
    case "BatchNormalization":
      return layers.batchNormalization(given);
    case "MaxPooling2D":
      return layers.maxPooling2d(given);
    case "AveragePooling2D":
      return layers.averagePooling2d(given);
    case "ReLU":
      return layers.reLU(given);
    case "LeakyReLU":
      return layers.leakyReLU(given);
    case "Softmax":
      return layers.softmax(given);
    case "Activation":
      return layers.activation(given);
    case "Add":
      return layers.add(given);
    case "Concatenate":
      return layers.concatenate(given);
    case "ZeroPadding2D":
      return layers.zeroPadding2d(given);
    case "UpSampling2D":
      return layers.upSampling2d(given);
    case "BilinearUpsampling":
      return new BilinearUpsampling(given);
    case "Cropping2D":
      // of rows alone TensorFlow.js says that there are 0 columns
      if ((config.cropping as number[][]).some(([before, after]) => before + after === 0)) {
        throw new UnreadableNetworkError(
          `the ONNX node "${name}" crops along one axis only, which no U-Net does`,
        );
      }
      return layers.cropping2D(given);
    default:
      throw new UnreadableNetworkError(`the ONNX node "${name}" would be a ${kind}`);
  }
}

/**
 * A map that is the same, of a size that isn't known: TensorFlow.js's crop of such a map says that its size is negative, with
 * which nothing can be joined, and a mean resets that.
 */
function sizeless(cropped: SymbolicTensor, name: string): SymbolicTensor {
  return layers.average({ name }).apply([cropped, cropped]) as SymbolicTensor;
}

function setWeights(layer: layers.Layer, { name, weights }: TracedLayer): void {
  for (const { values } of weights) assertFiniteWeights(values, name);
  tf.tidy(() => {
    const tensors = weights.map((given) => {
      const { shape, values } = given.shape.length === 4 ? transpose(given, [2, 3, 1, 0]) : given;
      return tf.tensor(values, [...shape]);
    });
    layer.setWeights(tensors);
  });
}

/** A name that TensorFlow.js takes, and that no layer has yet. */
function freeName(wanted: string, taken: Set<string>): string {
  const base = wanted.replace(/[^\w.-]+/g, "_").replace(/^_+/, "") || "layer";
  let name = base;
  for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
}
