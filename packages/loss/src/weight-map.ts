/**
 * From labels to the weight of every pixel, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export { type WeightMapOptions, weightMap } from "./weight-map/border-weights.js";
export { type CellsAndClasses, cellsAndClasses } from "./weight-map/cells-and-classes.js";
export { cellsOf } from "./weight-map/cells-of.js";
export { classMap } from "./weight-map/class-map.js";
export { balancedClassWeights, countClasses } from "./weight-map/class-weights.js";
export { rimMap } from "./weight-map/rim-map.js";
export { separateTouching } from "./weight-map/separate-touching.js";
export {
  type TwoNearest,
  type TwoNearestOptions,
  twoNearestDistances,
} from "./weight-map/two-nearest-distances.js";
