/**
 * The plan of the tiles that cover an image, on plain numbers: no tfjs is loaded.
 *
 * @module
 */
export type { TileGeometry } from "@unet/image";
export { type PlannedTile, type PlanOptions, planTiles } from "./prediction/plan-tiles.js";
