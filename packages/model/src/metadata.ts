import type { Normalisation } from "@unet/image";
import type { UNetConfig } from "./config.js";

/** The version of {@link ModelMetadata} that this package writes and reads. */
export const FORMAT_VERSION = 1;

/** What a saved model says of itself, under `userDefinedMetadata` of its `model.json`. */
export interface ModelMetadata {
  formatVersion: number;
  /** The configuration that `createUNet` was given, defaults filled in. */
  architecture?: UNetConfig;
  /** How images are normalised before the network sees them. */
  normalisation: Normalisation;
  /** The name of each class, in the order of the logits. */
  classNames: string[];
  /** How it was trained: steps, samples, losses. */
  training?: Record<string, unknown>;
}
