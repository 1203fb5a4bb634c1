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
export { csvTable } from "./instances/measures/csv-table.js";
export { type InstanceRow, instancesToCsv } from "./instances/measures/instances-to-csv.js";
export {
  type InstanceMeasurer,
  type InstanceMeasures,
  type Intensity,
  instanceMeasurer,
  type MeasureInstancesOptions,
  type MeasureOptions,
  measureInstances,
} from "./instances/measures/measure-instances.js";
export type { MicrometreMeasures } from "./instances/measures/micrometres.js";
export {
  type InstanceSummary,
  type InstanceSummaryRow,
  summariesToCsv,
  summariseInstances,
} from "./instances/measures/summarise-instances.js";
export {
  type InstanceCollection,
  type InstanceFeature,
  type InstanceOutliner,
  instanceOutliner,
  type OutlineOptions,
  outlineInstances,
} from "./instances/outlines/outline-instances.js";
export type { Polygons, Ring } from "./instances/outlines/polygons.js";
export { type ContourOptions, ultrametricContours } from "./instances/splitting/ultrametric-contours.js";
export { type TrackInstancesOptions, trackInstances } from "./instances/tracking/track-instances.js";
export { argMax } from "./segmentation/arg-max.js";
export { labelScores } from "./segmentation/label-scores.js";
