/**
 * The plan of the tiles that cover an image, on plain numbers: no tfjs is loaded.
 *
 * @module
 */
export { type PlanOptions, planTiles, type Tile, type TileGeometry } from "./prediction/plan-tiles.js";
