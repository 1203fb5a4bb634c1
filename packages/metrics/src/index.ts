export {
  type ClassScore,
  type ClassScores,
  type ClassScoresOptions,
  classScores,
} from "./class-scores.js";
export { type DetectionErrors, type DetResult, detMeasure } from "./det-measure.js";
export {
  type InstanceOptions,
  type InstanceScores,
  type InstanceScoresAt,
  instanceScores,
} from "./instance-scores.js";
export type { Measure, MeasureStream, Several } from "./measure.js";
export { type ObjectErrors, objectErrors } from "./object-errors.js";
export { otsuThreshold } from "./otsu-threshold.js";
export { dice, iou } from "./overlap.js";
export { type PixelErrorAt, type PixelErrorResult, pixelError } from "./pixel-error.js";
export {
  type RandErrorAt,
  type RandErrorResult,
  randError,
  type Score,
  type VRandOptions,
  vRand,
} from "./rand.js";
export { type SegResult, segMeasure } from "./seg-measure.js";
export type { ThresholdOptions } from "./slices.js";
export type { TopologyErrors } from "./topology-errors.js";
export { type TrackingStream, type TraResult, traMeasure } from "./tra-measure.js";
export type { Track, TrackedLabels } from "./tracks.js";
export { type VInfoOptions, vInfo } from "./v-info.js";
export {
  type WarpingErrorAt,
  type WarpingErrorOptions,
  type WarpingErrorResult,
  warpingError,
} from "./warping-error.js";
