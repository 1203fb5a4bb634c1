import type { LayersModel } from "@tensorflow/tfjs-layers";
import { NetworkNotInstalledError } from "./errors.js";
import type { LoadOptions } from "./load-options.js";
import { loadWeights } from "./load-weights.js";
import type { Network } from "./network.js";

/** The networks that {@link loadNetwork} knows by name. */
export type NetworkName = "nuclei" | "membranes";

/** Where each comes from: with this package, or with one of its own, whose data has another licence. */
const sources: Record<NetworkName, { package?: string; find: () => Promise<Network> }> = {
  nuclei: { find: async () => (await import("./nuclei.js")).nuclei },
  membranes: {
    package: "@unet/network-membranes",
    async find() {
      try {
        return (await import("@unet/network-membranes")).membranes;
      } catch (cause) {
        throw new NetworkNotInstalledError(
          'the network "membranes" is a package of its own: npm install @unet/network-membranes',
          { cause },
        );
      }
    },
  },
};

/** The names of all networks, installed or not. */
export const networkNames = Object.keys(sources) as readonly NetworkName[];

/**
 * A trained network by its name: a model that `segment` of `@unet/inference` uses as it is meant, at its scale, with its
 * thresholds. Its weights lie in the package; in a page they are loaded once and kept in its cache, so that it works
 * offline from then on.
 *
 * ```ts
 * const model = await loadNetwork("nuclei", { onProgress: ({ loaded, total }) => console.log(loaded / total) });
 * const { labels, table } = await segment(image, model);
 * ```
 *
 * @param network its name, or the network itself, as a subpath or a package of its own exports it
 * @returns a model, which the caller disposes
 * @throws RangeError that lists the names where there is none of this name
 * @throws NetworkNotInstalledError that says what to install where its package isn't there
 * @throws NetworkWeightsError where the weights can't be read or are damaged
 * @throws DOMException named `AbortError` after `signal`
 */
export async function loadNetwork(
  network: NetworkName | Network,
  options: LoadOptions = {},
): Promise<LayersModel> {
  return loadWeights(typeof network === "string" ? await findNetwork(network) : network, options);
}

/**
 * A network by its name: its card, and where its weights lie. No weights are loaded.
 *
 * @throws as {@link loadNetwork}
 */
export async function findNetwork(name: NetworkName): Promise<Network> {
  if (Object.hasOwn(sources, name)) return sources[name].find();
  throw new RangeError(
    `loadNetwork: there is no network ${JSON.stringify(name)}; there are ${networkNames.join(", ")}`,
  );
}

/** All networks whose packages are installed. */
export async function installedNetworks(): Promise<Network[]> {
  const found = await Promise.all(networkNames.map((name) => findNetwork(name).catch(ifNotInstalled)));
  return found.filter((network) => network !== undefined);
}

function ifNotInstalled(error: unknown): undefined {
  if (!(error instanceof NetworkNotInstalledError)) throw error;
}
