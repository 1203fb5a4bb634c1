/** How the sizes of a network's input and output belong together, along either axis, in px. */
export interface TileGeometry {
  padding: "valid" | "same";
  /**
   * The output's size for an input's.
   *
   * @throws RangeError where the network can't take that size
   */
  outputSize(input: number): number;
  /** The smallest size that the network takes and whose output is at least `atLeastOutput`. */
  inputSize(atLeastOutput: number): number;
  /**
   * Context that an output pixel needs on each side. For `"valid"` networks (input − output) / 2; for `"same"` ones
   * what tiling has to add and drop again: half the receptive field, rounded up to a multiple of `multiple`.
   */
  margin: number;
  /** 2^depth: the step between valid sizes, and the shifts under which the network is equivariant. */
  multiple: number;
}
