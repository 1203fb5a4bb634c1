export { type DetectionErrors, type DetResult, detMeasure } from "./cell-tracking/det-measure.js";
export { type SegResult, segMeasure } from "./cell-tracking/seg-measure.js";
export { type TrackingStream, type TraResult, traMeasure } from "./cell-tracking/tra-measure.js";
export type { Track, TrackedLabels } from "./cell-tracking/tracks.js";
export { type PixelErrorAt, type PixelErrorResult, pixelError } from "./isbi2012/pixel-error.js";
export {
  type RandErrorAt,
  type RandErrorResult,
  randError,
  type Score,
  type VRandOptions,
  vRand,
} from "./isbi2012/rand.js";
export type { TopologyErrors } from "./isbi2012/topology-errors.js";
export { type VInfoOptions, vInfo } from "./isbi2012/v-info.js";
export {
  type WarpingErrorAt,
  type WarpingErrorOptions,
  type WarpingErrorResult,
  warpingError,
} from "./isbi2012/warping-error.js";
export type { Measure, MeasureStream, Several } from "./measure.js";
export {
  type InstanceOptions,
  type InstanceScores,
  type InstanceScoresAt,
  instanceScores,
} from "./objects/instance-scores.js";
export { type ObjectErrors, objectErrors } from "./objects/object-errors.js";
export {
  type ClassScore,
  type ClassScores,
  type ClassScoresOptions,
  classScores,
} from "./pixels/class-scores.js";
export { otsuThreshold } from "./pixels/otsu-threshold.js";
export { dice, iou } from "./pixels/overlap.js";
export type { ThresholdOptions } from "./slices.js";
