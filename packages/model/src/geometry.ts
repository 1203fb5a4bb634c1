/**
 * The sizes that a U-Net takes and gives, on plain numbers: no tfjs is loaded.
 *
 * @module
 */
export type { TileGeometry } from "@unet/image";
export { tileGeometry } from "./network/tile-geometry.js";
