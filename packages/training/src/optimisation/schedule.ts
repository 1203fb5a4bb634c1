import type { TrainingConfig } from "../config/config.js";

/** The fields of a {@link TrainingConfig} that {@link rateAt} uses. */
export type ScheduleOptions = Pick<
  TrainingConfig,
  "steps" | "learningRate" | "schedule" | "warmup" | "decayEvery" | "decayFactor"
>;

/** A part of a run over which the schedule runs from its beginning to its end. */
export interface Leg {
  /** Steps that were done before it. */
  from: number;
  /** Steps that the schedule is made for; 0 until they are fixed. */
  steps: number;
  /** The time from the run's beginning to the end of this part by which its steps were fixed, where they were. */
  minutes?: number;
}

/**
 * The learning rate of step k = 0 … steps − 1.
 *
 * - warm-up: learningRate·(k + 1) / warmup in the first `warmup` steps; then, counted from there,
 * - `"constant"`: learningRate
 * - `"step"`: times `decayFactor` every `decayEvery` steps (default: a third of the steps)
 * - `"cosine"`: learningRate·(1 + cos(π·k / steps)) / 2
 * - `"one-cycle"` (Smith and Topin 2018): from 1/25 of learningRate up to it in the first `warmup` steps
 *   (default: 30 %), then down to 1/250,000, both along half a cosine
 *
 * ```ts
 * const config = resolveConfig({ steps: 1000, schedule: "cosine" });
 * console.log(rateAt(config, 500)); // 0.0005: half of the learning rate
 * ```
 *
 * The same numbers as PyTorch's `LinearLR`, `StepLR`, `CosineAnnealingLR` and `OneCycleLR`.
 */
export function rateAt(options: ScheduleOptions, step: number): number {
  const { steps, learningRate, schedule, warmup = 0, decayEvery, decayFactor } = options;
  if (schedule === "one-cycle") {
    const top = (options.warmup ?? 0.3 * steps) - 1;
    const [low, end] = [learningRate / 25, learningRate / 25e4];
    return step <= top
      ? between(low, learningRate, step / Math.max(top, 1e-9))
      : between(learningRate, end, (step - top) / (steps - 1 - top));
  }
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const since = step - warmup;
  if (schedule === "cosine") return between(learningRate, 0, since / (steps - warmup));
  if (schedule === "constant") return learningRate;
  return learningRate * decayFactor ** Math.floor(since / (decayEvery ?? Math.ceil((steps - warmup) / 3)));
}

/** From one value to another along half a cosine, at a share 0 … 1 of the way. */
function between(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}
