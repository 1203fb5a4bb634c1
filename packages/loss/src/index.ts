export * from "./losses/focal-loss.js";
export type { PixelLoss, Reduction } from "./losses/pixel-loss.js";
export * from "./losses/sum-losses.js";
export * from "./losses/tversky-loss.js";
export * from "./losses/weighted-cross-entropy.js";
export * from "./weight-map.js";
