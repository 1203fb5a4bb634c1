import type { Image } from "@unet/image";

/**
 * What makes scores of logits: `"softmax"` over the classes, `"sigmoid"` of each class by itself, or `"none"`.
 * Softmax of a single class would be 1 everywhere; it is the sigmoid instead, as if the background's logit
 * were 0.
 */
export type Activation = "softmax" | "sigmoid" | "none";

/** The names of all {@link Activation}s. */
export const activations: readonly Activation[] = ["softmax", "sigmoid", "none"];

/** Applies an activation in place. */
export function activate({ channels, data }: Image<Float32Array>, activation: Activation): void {
  if (activation === "none") return;
  if (activation === "sigmoid" || channels === 1) {
    for (let i = 0; i < data.length; i++) data[i] = 1 / (1 + Math.exp(-data[i]));
    return;
  }
  for (let i = 0; i < data.length; i += channels) {
    let largest = data[i];
    for (let c = 1; c < channels; c++) if (data[i + c] > largest) largest = data[i + c];
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      data[i + c] = Math.exp(data[i + c] - largest);
      sum += data[i + c];
    }
    for (let c = 0; c < channels; c++) data[i + c] /= sum;
  }
}
