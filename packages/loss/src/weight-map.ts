/**
 * From labels to the weight of every pixel, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export * from "./weight-map/border-weights.js";
export * from "./weight-map/cells-and-classes.js";
export * from "./weight-map/cells-of.js";
export * from "./weight-map/class-map.js";
export * from "./weight-map/class-weights.js";
export * from "./weight-map/rim-map.js";
export * from "./weight-map/separate-touching.js";
export * from "./weight-map/two-nearest-distances.js";
