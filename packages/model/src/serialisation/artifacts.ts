import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelFormatError } from "../errors.js";
import { BatchNormalisation } from "../layers/batch-normalisation.js";
import { BilinearUpsampling } from "../layers/bilinear-upsampling.js";
import { cropOnce, UnknownSize } from "../layers/crop.js";
import { SeededDropout } from "../layers/dropout.js";
import { fuseConvolutions } from "../layers/fused-convolution.js";
import { buildModel } from "./build-model.js";
import { checksumOf } from "./checksum.js";
import { asFloat16 } from "./float16.js";
import { assertBytes, type Manifest } from "./manifest.js";
import { isOurs } from "./metadata.js";

/** The name of the one file of weights that a `model.json` written here refers to. */
export const WEIGHTS_FILE = "weights.bin";

type Metadata = tf.io.ModelArtifacts["userDefinedMetadata"];

/** How a model's weights are written. */
export interface SaveOptions {
  /**
   * `"float32"` (default): as they are. `"float16"`: in half the bytes, each rounded to the nearest of 11 significant bits;
   * they are read as float32 again, by TensorFlow.js, too.
   */
  dtype?: "float32" | "float16";
}

/**
 * What TensorFlow.js saves of a model, with the checksum of its weights. That stands in `signature`, which every handler
 * of TensorFlow.js keeps, and which is gone once another program has saved the model with other weights.
 *
 * @param metadata what the file says of the model; default: what the model says of itself
 */
export async function artifactsOf(
  model: LayersModel,
  metadata: Metadata | undefined = model.getUserDefinedMetadata() as Metadata | undefined,
  { dtype = "float32" }: SaveOptions = {},
): Promise<tf.io.ModelArtifacts> {
  if (dtype !== "float32" && dtype !== "float16") {
    throw new RangeError(`saveModel: dtype must be "float32" or "float16", got ${JSON.stringify(dtype)}`);
  }
  let captured: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      captured = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  if (dtype === "float16") {
    const { weightSpecs = [], weightData } = captured;
    captured = { ...captured, ...asFloat16(weightSpecs, joined(weightData)) };
  }
  const checksum = await checksumOf(joined(captured.weightData));
  return {
    ...captured,
    ...(metadata && { userDefinedMetadata: metadata }),
    ...(checksum && { signature: { weights: checksum } }),
  };
}

/** A model as the text of its `model.json` and the bytes of its weights. */
export async function toArtifacts(
  model: LayersModel,
  metadata?: Metadata,
  options?: SaveOptions,
): Promise<{ json: string; weights: Uint8Array }> {
  const { weightSpecs, weightData, ...rest } = await artifactsOf(model, metadata, options);
  const json = { ...rest, weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }] };
  return { json: JSON.stringify(json), weights: joined(weightData) };
}

/** The bytes of all weights. */
export function joined(weightData: tf.io.WeightData | undefined): Uint8Array {
  return new Uint8Array(
    weightData instanceof ArrayBuffer ? weightData : tf.io.CompositeArrayBuffer.join(weightData),
  );
}

/**
 * The model of a manifest and its weights, with our layers in place of the standard ones.
 *
 * @param where what is being opened, for the message
 * @throws ModelFormatError where they don't fit each other, or are damaged; no tensors are left then
 */
export async function fromArtifacts(
  manifest: Manifest,
  weights: Uint8Array,
  where: string,
): Promise<LayersModel> {
  const { specs, checksum, metadata } = manifest;
  assertBytes(weights.length, manifest, where);
  if (checksum !== undefined) await assertChecksum(weights, checksum, where);
  for (const own of [BatchNormalisation, BilinearUpsampling, SeededDropout, UnknownSize]) {
    tf.serialization.registerClass(own);
  }
  const topology = isOurs(metadata) ? withOwnLayers(manifest.topology) : manifest.topology;
  const model = await buildModel({ ...manifest, topology }, where);
  try {
    // From offset 0 of a buffer of their own: Node hands out parts of a larger one.
    const whole = weights.byteLength === weights.buffer.byteLength ? weights : new Uint8Array(weights);
    tf.tidy(() => {
      const values = tf.io.decodeWeights(whole.buffer as ArrayBuffer, specs);
      for (const { name, group } of specs) if (group === "optimizer") delete values[name];
      model.loadWeights(values);
    });
    if (metadata) model.setUserDefinedMetadata(metadata);
    fuseConvolutions(model);
    cropOnce(model);
    return model;
  } catch (cause) {
    model.dispose();
    throw new ModelFormatError(
      `${where}: the weights are not those of the layers: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

async function assertChecksum(weights: Uint8Array, expected: string, where: string): Promise<void> {
  const found = await checksumOf(weights);
  if (found === expected || found === undefined) return;
  throw new ModelFormatError(
    `${where}: the weights are damaged or of another model: their checksum is ${found}, not ${expected.slice(0, 80)}`,
  );
}

/**
 * The topology with our own layers in place of the standard ones that they were saved as: seeded dropout,
 * batch normalisation, and the hand-over after a crop, which otherwise computes a mean.
 */
function withOwnLayers<Node>(node: Node): Node {
  if (Array.isArray(node)) return node.map(withOwnLayers) as Node;
  if (node === null || typeof node !== "object") return node;
  const own = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withOwnLayers(value)]));
  if (own.class_name === "Dropout") own.class_name = SeededDropout.className;
  if (own.class_name === "BatchNormalization") own.class_name = BatchNormalisation.className;
  if (isMeanOfOneMap(own)) own.class_name = UnknownSize.className;
  return own as Node;
}

/** Whether a layer is the mean of a map and itself, as {@link UnknownSize} is saved; it changes nothing. */
function isMeanOfOneMap({ class_name, inbound_nodes }: Record<string, unknown>): boolean {
  if (class_name !== "Average" || !Array.isArray(inbound_nodes) || inbound_nodes.length === 0) return false;
  return inbound_nodes.every(
    (inputs) =>
      Array.isArray(inputs) && inputs.length === 2 && JSON.stringify(inputs[0]) === JSON.stringify(inputs[1]),
  );
}
