export type { TileGeometry } from "@unet/image";
export type { InstanceMeasures, LabelInstancesOptions, WatershedOptions } from "./instances.js";
// More about objects is in @unet/inference/instances.
export { argMax, labelInstances, measureInstances } from "./instances.js";
export { type Activation, activate } from "./network/activation.js";
export { asPredictor } from "./network/as-predictor.js";
export { type LayerCall, layersGeometry, modelGeometry } from "./network/geometry.js";
export { meanOf } from "./network/mean-of.js";
export { networkChecksum } from "./network/network-checksum.js";
export type { OnnxNetwork, OnnxSession } from "./network/onnx.js";
export type { Predictor, TileBatch } from "./network/predictor.js";
export { type PlannedTile, type PlanOptions, planTiles } from "./prediction/plan-tiles.js";
export { type PredictTiledOptions, predictTiled } from "./prediction/predict-tiled.js";
export { resized } from "./prediction/resized.js";
export type { TileSink } from "./prediction/sink.js";
export type { WindowedSource } from "./prediction/source.js";
export { foregroundOf } from "./segmentation/foreground.js";
export { labelScores } from "./segmentation/label-scores.js";
export {
  assertLabelMemory,
  type LabelScoresOptions,
  labelScoresTiled,
} from "./segmentation/label-scores-tiled.js";
export { scoreImage, scoreSize, scoreTiled, weightedSource } from "./segmentation/score-image.js";
export {
  type ScoreStore,
  type Segmentation,
  type SegmentOptions,
  type SunkSegmentation,
  segment,
} from "./segmentation/segment.js";
export {
  type Aim,
  aims,
  type Calibration,
  checkTask,
  plainTask,
  plainTaskFor,
  splits,
  type Task,
  type TaskOutput,
  taskOf,
} from "./segmentation/task.js";
export { withRotations } from "./test-time-augmentation/rotations.js";
export { type AugmentationOptions, withSymmetries } from "./test-time-augmentation/symmetries.js";
