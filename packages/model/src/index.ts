export { ModelFormatError } from "./artifacts.js";
export { modelFromBytes, modelToBytes } from "./bytes.js";
export { paperConfig, type UNetConfig } from "./config.js";
export { SeededDropout, setDropoutStep } from "./dropout.js";
export { type TileGeometry, tileGeometry } from "./geometry.js";
export { loadModel } from "./load.js";
export { FORMAT_VERSION, type ModelMetadata } from "./metadata.js";
export { saveModel } from "./save.js";
export { createUNet } from "./unet.js";
