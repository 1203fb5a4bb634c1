/**
 * Nuclei in fluorescence microscopy: the network `nuclei` alone, so that a page carries no other weights.
 *
 * @module
 */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { card } from "./cards/nuclei.js";
import type { LoadOptions } from "./load-options.js";
import { loadWeights } from "./load-weights.js";
import type { Network } from "./network.js";

/** Nuclei in fluorescence microscopy, touching ones kept apart. */
export const nuclei: Network = {
  name: "nuclei",
  card,
  weights: new URL("../weights/nuclei.bin", import.meta.url),
};

/** {@link nuclei} as a model, which `segment` of `@unet/inference` takes: as `loadNetwork("nuclei")`. */
export function load(options?: LoadOptions): Promise<LayersModel> {
  return loadWeights(nuclei, options);
}
