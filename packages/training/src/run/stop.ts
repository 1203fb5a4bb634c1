import type { TrainingConfig } from "../config/config.js";
import type { BestState } from "../evaluation/best.js";
import type { StoppedEarlyEvent } from "../events.js";

/** Why a run shall end before its last step, if it shall. */
export function reasonToStop(
  { patience, minutes }: TrainingConfig,
  best: BestState | undefined,
  seconds: number,
): StoppedEarlyEvent["reason"] | undefined {
  if (patience > 0 && (best?.since ?? 0) >= patience) return "patience";
  return minutes > 0 && seconds >= 60 * minutes ? "minutes" : undefined;
}
