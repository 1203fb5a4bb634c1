import type { LayersModel } from "@tensorflow/tfjs-layers";
import { modelFromBytes } from "@unet/model";
import { NetworkWeightsError } from "./errors.js";
import type { LoadOptions } from "./load-options.js";
import type { Network } from "./network.js";
import { readWeights } from "./read-weights.js";

/**
 * The model of a network. Its weights are compared with the checksum of its card, wherever they come from; where the
 * page is served without TLS, browsers compute none.
 *
 * @throws NetworkWeightsError that says where the weights were looked for, and what is wrong
 * @throws DOMException named `AbortError` after `signal`
 */
export async function loadWeights(network: Network, options: LoadOptions = {}): Promise<LayersModel> {
  const bytes = await readWeights(network, options);
  options.signal?.throwIfAborted();
  try {
    return await modelFromBytes(bytes);
  } catch (cause) {
    throw new NetworkWeightsError(
      `loadNetwork: this version can't open the weights of "${network.name}": ${(cause as Error).message}`,
      { cause },
    );
  }
}
