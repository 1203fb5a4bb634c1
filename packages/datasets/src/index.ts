export type { Dataset } from "./dataset.js";
export { type SyntheticCellsOptions, syntheticCells } from "./synthetic-cells.js";
