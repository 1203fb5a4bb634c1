/** Thrown where a network's package is not installed; the message says how to install it. */
export class NetworkNotInstalledError extends Error {
  override name = "NetworkNotInstalledError";
}

/** Thrown where a network's weights can't be read, or are not those of its card. */
export class NetworkWeightsError extends Error {
  override name = "NetworkWeightsError";
}
