import type { LayersModel } from "@tensorflow/tfjs-layers";
import { toOnnx, toSafetensors } from "@unet/interchange";

/** Settings of some formats. */
export interface ExportOptions {
  /** Whether ONNX gives probabilities. */
  activation?: boolean;
  /** Whether batch normalisation becomes part of the convolutions. */
  fold: boolean;
}

/** What `unet export --to` writes, by its name. */
export const formats = {
  onnx: (model: LayersModel, { activation, fold }: ExportOptions) =>
    toOnnx(model, { activation: activation ? "softmax" : "none", foldBatchNormalisation: fold }),
  safetensors: (model: LayersModel) => toSafetensors(model),
};

/** The name of a format. */
export type Format = keyof typeof formats;
