export { NetworkNotInstalledError, NetworkWeightsError } from "./errors.js";
export {
  findNetwork,
  installedNetworks,
  loadNetwork,
  type NetworkName,
  networkNames,
} from "./load-network.js";
export type { LoadOptions, LoadProgress } from "./load-options.js";
export type { Network, NetworkCard, Score } from "./network.js";
