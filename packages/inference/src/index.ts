export type { Activation } from "./activation.js";
export { modelGeometry } from "./geometry.js";
export type { InstanceMeasures, LabelInstancesOptions, WatershedOptions } from "./instances.js";
// More about objects is in @unet/inference/instances.
export { argMax, labelInstances, measureInstances } from "./instances.js";
export type { OnnxNetwork, OnnxSession } from "./onnx.js";
export { type PredictTiledOptions, predictTiled } from "./predict-tiled.js";
export { asPredictor, type Predictor, type TileBatch } from "./predictor.js";
export { withRotations } from "./rotations.js";
export type { TileSink } from "./sink.js";
export type { WindowedSource } from "./source.js";
export { type AugmentationOptions, withSymmetries } from "./symmetries.js";
export { type PlanOptions, planTiles, type Tile, type TileGeometry } from "./tiles.js";
