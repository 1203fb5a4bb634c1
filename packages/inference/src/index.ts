export { modelGeometry } from "./geometry.js";
export * from "./instances.js";
export * from "./predict-tiled.js";
export type { WindowedSource } from "./source.js";
export { type PlanOptions, planTiles, type Tile, type TileGeometry } from "./tiles.js";
