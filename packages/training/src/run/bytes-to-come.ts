import type { TrainingResult } from "../train-options.js";

/**
 * About how many bytes a run's folder will grow by at most: checkpoints and the model, which stand there twice while the new
 * one is written.
 *
 * @param trained numbers that are trained
 * @param options `present`: checkpoints that are there; `average`, `best`: whether the run keeps the weights' average, and
 *   the best weights
 */
export function bytesToCome(
  { model, config, steps }: TrainingResult,
  trained: number,
  { present, average, best }: { present: number; average: boolean; best: boolean },
): number {
  const all = model.countParams();
  const memories = config.optimizer === "sgd" ? 1 : 2;
  const numbers = all + trained * (memories + (average ? 1 : 0)) + (best ? all : 0);
  const left = config.steps > 0 ? config.steps - steps : Number.POSITIVE_INFINITY;
  const toCome = 1 + Math.ceil(left / config.checkpointEvery);
  const checkpoints = Math.min(config.keepCheckpoints, present + toCome) + 1 - present;
  return 4 * (numbers * Math.max(checkpoints, 1) + all * (present > 0 ? 1 : 2));
}
