import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ModelMetadata } from "@unet/model";

/** The key of `metadata_props` under which a model of ONNX has what our models say of themselves. */
export const OUR_KEY = "unet";

/** What stands under {@link OUR_KEY}: a network's own metadata, and what its graph gives. */
export interface OnnxMetadata extends Partial<ModelMetadata> {
  gives: "logits" | "scores";
  border: "none" | "mirror";
}

/** The JSON that a model of ONNX carries. */
export function metadataText(
  model: LayersModel,
  gives: OnnxMetadata["gives"],
  border: OnnxMetadata["border"],
): string {
  return JSON.stringify({ ...model.getUserDefinedMetadata(), gives, border });
}
