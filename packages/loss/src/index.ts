export * from "./losses/focal-loss.js";
export type { PixelLoss, Reduction } from "./losses/pixel-loss.js";
export * from "./losses/sum-losses.js";
export * from "./losses/tversky-loss.js";
export * from "./losses/weighted-cross-entropy.js";
// More about labels and weights is in @unet/loss/weight-map.
export {
  separateTouching,
  type TwoNearest,
  type TwoNearestOptions,
  twoNearestDistances,
  type WeightMapOptions,
  weightMap,
} from "./weight-map.js";
