/**
 * From scores to objects, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export { argMax } from "./arg-max.js";
export * from "./instances-to-csv.js";
export {
  type LabelInstancesOptions,
  labelInstances,
  type WatershedOptions,
} from "./label-instances.js";
export * from "./label-instances-tiled.js";
export * from "./measure-instances.js";
export * from "./outline-instances.js";
export type { Polygons, Ring } from "./polygons.js";
