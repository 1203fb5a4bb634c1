/**
 * From scores to objects, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */

export {
  type LabelInstancesOptions,
  labelInstances,
  type WatershedOptions,
} from "./instances/labelling/label-instances.js";
export {
  type LabelInstancesTiledOptions,
  type LabelSink,
  type LabelSummary,
  labelInstancesTiled,
} from "./instances/labelling/label-instances-tiled.js";
export * from "./instances/measures/csv-table.js";
export * from "./instances/measures/instances-to-csv.js";
export * from "./instances/measures/measure-instances.js";
export type { MicrometreMeasures } from "./instances/measures/micrometres.js";
export * from "./instances/measures/summarise-instances.js";
export * from "./instances/outlines/outline-instances.js";
export type { Polygons, Ring } from "./instances/outlines/polygons.js";
export { type ContourOptions, ultrametricContours } from "./instances/splitting/ultrametric-contours.js";
export { type TrackInstancesOptions, trackInstances } from "./instances/tracking/track-instances.js";
export { argMax } from "./segmentation/arg-max.js";
