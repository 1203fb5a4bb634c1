export { type CalibrateOptions, type CalibrationEvent, calibrate } from "./calibration/calibrate.js";
export { type AugmentationConfig, defaultConfig, type TrainingConfig } from "./config/config.js";
export type { OwnAugmentation, OwnMeasure, OwnParts } from "./config/own.js";
export { resolveConfig } from "./config/resolve-config.js";
export { type MeasureName, measureNames } from "./evaluation/measure.js";
export { SegmentedImage, type SegmentingOptions } from "./evaluation/segmented-image.js";
export { type ValidateOptions, validate } from "./evaluation/validate.js";
export type {
  CheckpointEvent,
  DamagedCheckpointEvent,
  NoticeEvent,
  PacedEvent,
  ProlongedEvent,
  StartEvent,
  StepEvent,
  StoppedEarlyEvent,
  TrainingEvent,
  UnusedSettingsEvent,
  ValidationEvent,
  ValidationResult,
} from "./events.js";
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
export { DivergedError } from "./optimisation/diverged.js";
export { Optimizer, type OptimizerOptions } from "./optimisation/optimizer.js";
export { type Leg, rateAt, type ScheduleOptions } from "./optimisation/schedule.js";
export { WeightAverage } from "./optimisation/weight-average.js";
export { checkRecipe, type Recipe } from "./recipes/recipe.js";
export { type RecipeForOptions, type ResolvedRecipe, recipeFor, recipeNamed } from "./recipes/recipe-for.js";
export { recipes } from "./recipes/recipes.js";
export { type ResumeOptions, resume } from "./resume.js";
export { TrainingAbortedError } from "./run/aborted.js";
export { UnreadableCheckpointError } from "./run/checkpoint.js";
export type { EvaluationEntry, HistoryEntry } from "./run/history.js";
export type { NewEnd } from "./run/prolong.js";
export { loadRun, type RunObstacle, runObstacle } from "./run/run-folder.js";
export type { RunStore } from "./run/stored-run.js";
export {
  type PreparedSample,
  type PreparedSamples,
  type PrepareOptions,
  prepareSamples,
} from "./samples/prepare.js";
export type { Samples } from "./samples/samples.js";
export { plainTiles, type Tile, type TrainingTilesOptions, trainingTiles } from "./samples/tile.js";
export { type StepResult, trainingStep } from "./step.js";
export { train } from "./train.js";
export type { TrainingResult, TrainOptions } from "./train-options.js";
