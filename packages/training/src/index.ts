export { TrainingAbortedError } from "./aborted.js";
export { type CalibrateOptions, type CalibrationEvent, calibrate } from "./calibrate.js";
export { UnreadableCheckpointError } from "./checkpoint.js";
export { type AugmentationConfig, defaultConfig, type TrainingConfig } from "./config.js";
export { DivergedError } from "./diverged.js";
export type * from "./events.js";
export {
  type FoldEvent,
  type FoldsEvent,
  type FoldsOptions,
  type FoldsResult,
  loadFolds,
  type ResumeFoldsOptions,
  resumeFolds,
  trainFolds,
} from "./folds.js";
export type { EvaluationEntry, HistoryEntry } from "./history.js";
export { type MeasureName, measureNames } from "./measure.js";
export { Optimizer, type OptimizerOptions } from "./optimizer.js";
export type { OwnAugmentation, OwnMeasure, OwnParts } from "./own.js";
export * from "./prepare.js";
export type { NewEnd } from "./prolong.js";
export { checkRecipe, type Recipe } from "./recipe.js";
export { type RecipeForOptions, type ResolvedRecipe, recipeFor, recipeNamed } from "./recipe-for.js";
export { recipes } from "./recipes.js";
export { resolveConfig } from "./resolve-config.js";
export { type ResumeOptions, resume } from "./resume.js";
export { loadRun, type RunObstacle, runObstacle } from "./run-folder.js";
export type { Samples } from "./samples.js";
export { type Leg, rateAt, type ScheduleOptions } from "./schedule.js";
export { SegmentedImage, type SegmentingOptions } from "./segmented-image.js";
export { type StepResult, trainingStep } from "./step.js";
export { plainTiles, type Tile, type TrainingTilesOptions, trainingTiles } from "./tile.js";
export { train } from "./train.js";
export type { TrainingResult, TrainOptions } from "./train-options.js";
export { type ValidateOptions, validate } from "./validate.js";
export { WeightAverage } from "./weight-average.js";
