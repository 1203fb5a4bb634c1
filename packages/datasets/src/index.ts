export type { Dataset } from "./dataset.js";
export { type SyntheticCellsOptions, syntheticCells } from "./synthetic-cells.js";
export { type SyntheticMembranesOptions, syntheticMembranes } from "./synthetic-membranes.js";
