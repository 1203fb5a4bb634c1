/**
 * From labels to the weight of every pixel, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export * from "./border-weights.js";
export * from "./cells-of.js";
export * from "./class-map.js";
export * from "./class-weights.js";
export * from "./rim-map.js";
export * from "./separate-touching.js";
export * from "./two-nearest-distances.js";
