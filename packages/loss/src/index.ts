export * from "./focal-loss.js";
export type { PixelLoss, Reduction } from "./pixel-loss.js";
export * from "./sum-losses.js";
export * from "./tversky-loss.js";
export * from "./weight-map.js";
export * from "./weighted-cross-entropy.js";
