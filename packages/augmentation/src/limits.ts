/**
 * The most that `deformTile` takes of options that say how much, and `tileStream` of threads. All lie far beyond what helps training; further out
 * tiles take minutes, and numbers leave single precision.
 */
export const augmentationLimits = {
  /** Standard deviation of displacements, px. */
  sigma: 1000,
  /** Nodes of the elastic grid along an axis. */
  nodes: 1000,
  /** The least distance of nodes, px. */
  spacing: 1,
  /** Of structures, as a factor less 1. */
  scaling: 100,
  /** Standard deviation of blur, px. */
  blur: 100,
  /** Standard deviation of noise, in ranges of the tile. */
  noise: 100,
  /** Threads that `tileStream` starts; a few keep any backend busy. */
  workers: 64,
} as const;
