export type { TileGeometry } from "@unet/image";
export { ModelFormatError } from "./errors.js";
export { freezeStatistics } from "./layers/batch-normalisation.js";
export {
  BilinearUpsampling,
  type BilinearUpsamplingConfig,
  type UpsamplingCoordinates,
} from "./layers/bilinear-upsampling.js";
export { setDropoutStep } from "./layers/dropout.js";
export { paperConfig, type UNetConfig } from "./network/config.js";
export { withNewHead } from "./network/new-head.js";
export { tileGeometry } from "./network/tile-geometry.js";
export { createUNet } from "./network/unet.js";
export type { SaveOptions } from "./serialisation/artifacts.js";
export { modelFromBytes, modelToBytes } from "./serialisation/bytes.js";
export { loadModel } from "./serialisation/load.js";
export type { ModelMetadata } from "./serialisation/metadata.js";
export { saveModel } from "./serialisation/save.js";
