export { type CheckOptions, checkLabels, type Finding } from "./check-labels.js";
export { type Dataset, subset } from "./dataset.js";
export { folds, type SplitOptions, split } from "./split.js";
export { type SyntheticCellsOptions, syntheticCells } from "./synthetic-cells.js";
export { type SyntheticMembranesOptions, syntheticMembranes } from "./synthetic-membranes.js";
