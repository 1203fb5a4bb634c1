import { io, serialization } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { BatchNormalisation } from "./batch-normalisation.js";
import { UNKNOWN_SIZE_SUFFIX, UnknownSize } from "./crop.js";
import { SeededDropout } from "./dropout.js";
import { FORMAT_VERSION, type ModelMetadata } from "./metadata.js";

/** Thrown where a file or bytes hold no model that this version can open. */
export class ModelFormatError extends Error {
  override name = "ModelFormatError";
}

/** The name of the one file of weights that a `model.json` written here refers to. */
export const WEIGHTS_FILE = "weights.bin";

/** A model as the text of its `model.json` and the bytes of its weights. */
export async function toArtifacts(model: LayersModel): Promise<{ json: string; weights: Uint8Array }> {
  let captured: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      captured = artifacts;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  const { weightSpecs, weightData, ...rest } = captured!;
  const buffer = weightData instanceof ArrayBuffer ? weightData : io.CompositeArrayBuffer.join(weightData);
  const json = { ...rest, weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }] };
  return { json: JSON.stringify(json), weights: new Uint8Array(buffer) };
}

/**
 * The model of a `model.json` and its weights, with our layers in place of the standard ones.
 *
 * @param where what is being opened, for the message
 */
export async function fromArtifacts(json: string, weights: Uint8Array, where: string): Promise<LayersModel> {
  const manifest = parse(json, where);
  const specs = (manifest.weightsManifest ?? []).flatMap((group) => group.weights);
  const expected = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (weights.length !== expected) {
    throw new ModelFormatError(
      `${where}: the weights are cut short or of another model: ${weights.length} bytes, ${expected} expected`,
    );
  }
  serialization.registerClass(BatchNormalisation);
  serialization.registerClass(SeededDropout);
  serialization.registerClass(UnknownSize);
  const buffer = weights.buffer.slice(
    weights.byteOffset,
    weights.byteOffset + weights.byteLength,
  ) as ArrayBuffer;
  return loadLayersModel(
    io.fromMemory({
      ...manifest,
      modelTopology: isOurs(manifest) ? withOwnLayers(manifest.modelTopology) : manifest.modelTopology,
      weightSpecs: specs,
      weightData: buffer,
    } as io.ModelArtifacts),
  );
}

function parse(json: string, where: string): io.ModelJSON {
  let manifest: io.ModelJSON;
  try {
    manifest = JSON.parse(json);
  } catch (cause) {
    throw new ModelFormatError(`${where}: model.json is damaged: it is no JSON`, { cause });
  }
  if (!manifest.modelTopology) throw new ModelFormatError(`${where}: model.json holds no layers model`);
  const version = (manifest.userDefinedMetadata as Partial<ModelMetadata> | undefined)?.formatVersion;
  if (version !== undefined && version !== FORMAT_VERSION) {
    throw new ModelFormatError(
      `${where}: the model is of format version ${version}, and this reads ${FORMAT_VERSION}; update @unet/model`,
    );
  }
  return manifest;
}

/** Whether `createUNet` made the model. The layers of any other are left as they are. */
function isOurs({ userDefinedMetadata }: io.ModelJSON): boolean {
  return (userDefinedMetadata as Partial<ModelMetadata> | undefined)?.architecture !== undefined;
}

function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  const size = shape.reduce((product, side) => product * side, 1);
  const stored = quantization?.dtype ?? dtype;
  return size * ({ uint8: 1, bool: 1, uint16: 2, float16: 2 }[stored as string] ?? 4);
}

/**
 * The topology with our own layers in place of the standard ones that they were saved as: seeded dropout,
 * batch normalisation, and the hand-over after a crop, which otherwise computes a mean.
 */
function withOwnLayers(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withOwnLayers);
  if (node === null || typeof node !== "object") return node;
  const own = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withOwnLayers(value)]));
  if (own.class_name === "Dropout") own.class_name = SeededDropout.className;
  if (own.class_name === "BatchNormalization") own.class_name = BatchNormalisation.className;
  const name = (own.config as { name?: string } | undefined)?.name;
  if (own.class_name === "Average" && name?.endsWith(UNKNOWN_SIZE_SUFFIX))
    own.class_name = UnknownSize.className;
  return own;
}
