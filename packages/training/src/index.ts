export { UnreadableCheckpointError } from "./checkpoint.js";
export { type AugmentationConfig, defaultConfig, type TrainingConfig } from "./config.js";
export { DivergedError } from "./diverged.js";
export type * from "./events.js";
export { type MeasureName, measureNames } from "./measure.js";
export { Optimizer, type OptimizerOptions } from "./optimizer.js";
export * from "./prepare.js";
export { resolveConfig } from "./resolve-config.js";
export { type ResumeOptions, resume } from "./resume.js";
export {
  type EvaluationEntry,
  type HistoryEntry,
  loadRun,
  type RunObstacle,
  runObstacle,
} from "./run-folder.js";
export { rateAt, type ScheduleOptions } from "./schedule.js";
export { type StepResult, trainingStep } from "./step.js";
export { plainTiles, type Tile, type TrainingTilesOptions, trainingTiles } from "./tile.js";
export { train } from "./train.js";
export type { TrainingResult, TrainOptions } from "./train-options.js";
export { type ValidateOptions, validate } from "./validate.js";
export { WeightAverage } from "./weight-average.js";
