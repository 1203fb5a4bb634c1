export * from "./cut-tile.js";
export * from "./deform-tile.js";
export * from "./displacement-field.js";
export * from "./draw-centre.js";
export type { GreyValueOptions } from "./grey-values.js";
export type { Interpolation } from "./sample.js";
export * from "./sample-order.js";
export * from "./tile-stream.js";
export { warp } from "./warp.js";
