export type { Interpolation } from "./deform/block-kernel.js";
export {
  type DeformedTile,
  type DeformTileOptions,
  deformTile,
  type ElasticOptions,
  type TileSource,
} from "./deform/deform-tile.js";
export {
  type DisplacementField,
  type DisplacementFieldOptions,
  displacementField,
} from "./deform/displacement-field.js";
export type { ControlGrid } from "./deform/grid-displacement.js";
export { warp } from "./deform/warp.js";
export type { GreyValueOptions } from "./grey/grey-values.js";
export { augmentationLimits } from "./limits.js";
export { type PasteObjectsOptions, pasteObjects, wholeObjects } from "./paste/paste-objects.js";
export { type CutTileOptions, cutTile } from "./stream/cut-tile.js";
export { drawBalancedCentre } from "./stream/draw-balanced-centre.js";
export { drawCentre } from "./stream/draw-centre.js";
export type { TileSources } from "./stream/keep-sources.js";
export { sampleOrder } from "./stream/sample-order.js";
export { type TileStreamOptions, tileStream } from "./stream/tile-stream.js";
