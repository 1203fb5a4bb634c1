import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelFormatError } from "../errors.js";
import { fromArtifacts, type SaveOptions, toArtifacts } from "./artifacts.js";
import { parseManifest } from "./manifest.js";

/**
 * A model as one block of bytes: the length of its JSON (uint32, little-endian), the JSON of a
 * `model.json`, its weights. Made for checkpoints, databases and messages between workers.
 *
 * @throws RangeError where `dtype` is `"float16"` and a weight is too large for it, naming the weight
 */
export async function modelToBytes(model: LayersModel, options: SaveOptions = {}): Promise<Uint8Array> {
  const { json, weights } = await toArtifacts(model, undefined, options);
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(4 + header.length + weights.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set(weights, 4 + header.length);
  return bytes;
}

/**
 * The model that {@link modelToBytes} wrote.
 *
 * @throws ModelFormatError where the bytes are cut short, damaged or something else
 */
export async function modelFromBytes(bytes: Uint8Array): Promise<LayersModel> {
  const length = bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  if (length === 0 || bytes.length < 4 + length) {
    throw new ModelFormatError("modelFromBytes: the bytes are no model, or are cut short");
  }
  const json = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  const manifest = parseManifest(json, "modelFromBytes");
  return fromArtifacts(manifest, bytes.subarray(4 + length), "modelFromBytes");
}
