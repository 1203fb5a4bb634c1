export { type FocalOptions, focalLoss } from "./losses/focal-loss.js";
export type { PixelLoss, Reduction } from "./losses/pixel-loss.js";
export { sumLosses } from "./losses/sum-losses.js";
export { type DiceOptions, diceLoss, type TverskyOptions, tverskyLoss } from "./losses/tversky-loss.js";
export { type CrossEntropyOptions, weightedCrossEntropy } from "./losses/weighted-cross-entropy.js";
// More about labels and weights is in @unet/loss/weight-map.
export {
  separateTouching,
  type TwoNearest,
  type TwoNearestOptions,
  twoNearestDistances,
  type WeightMapOptions,
  weightMap,
} from "./weight-map.js";
