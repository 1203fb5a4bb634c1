/**
 * From scores to objects, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export { argMax } from "./instances/arg-max.js";
export * from "./instances/csv-table.js";
export * from "./instances/instances-to-csv.js";
export {
  type LabelInstancesOptions,
  labelInstances,
  type WatershedOptions,
} from "./instances/label-instances.js";
export * from "./instances/label-instances-tiled.js";
export * from "./instances/measure-instances.js";
export type { MicrometreMeasures } from "./instances/micrometres.js";
export * from "./instances/outline-instances.js";
export type { Polygons, Ring } from "./instances/polygons.js";
export * from "./instances/summarise-instances.js";
export { type TrackInstancesOptions, trackInstances } from "./instances/track-instances.js";
export { type ContourOptions, ultrametricContours } from "./instances/ultrametric-contours.js";
