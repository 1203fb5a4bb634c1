import type { Leg } from "../optimisation/schedule.js";
import type { Checkpoint } from "./checkpoint.js";
import { PACING_STEPS } from "./pace.js";
import { reasonToStop } from "./stop.js";

/** New ends of a run; both count from its first step. */
export interface NewEnd {
  /**
   * Steps of a run that has ended, those done counted in. Default with `minutes`: as many as fit, where `minutes` had fixed
   * them before, else those that were left, or as many more as the schedule was made for.
   */
  steps?: number;
  /** As `config.minutes`. Default with `steps`: no limit. */
  minutes?: number;
}

/** Where a run stands, and where it ends. */
type Ends = Pick<Checkpoint, "config" | "best"> & { legs: Leg[] };

/**
 * Moves the end of a run. One that has ended, whether by its last step, by `patience` or by `minutes`, goes on: the
 * steps done stay as they are, and the schedule runs anew over the added ones. One that was interrupted keeps its
 * steps, since its schedule depends on them; its limit of time may change.
 *
 * @throws RangeError that says what would be right
 */
export function prolong({ step, seconds, ...checkpoint }: Checkpoint, { steps, minutes }: NewEnd): Ends {
  const { config, best } = checkpoint;
  const legs = checkpoint.legs ?? [{ from: 0, steps: config.steps }];
  if (steps !== undefined && !(Number.isSafeInteger(steps) && steps > 0)) {
    throw new RangeError(`resume: steps must be a whole number of at least 1, got ${steps}`);
  }
  if (minutes !== undefined && !(minutes === 0 || (Number.isFinite(minutes) && 60 * minutes > seconds))) {
    const taken = `${Number((seconds / 60).toPrecision(3))}, which the run has taken already`;
    throw new RangeError(`resume: minutes must be above ${taken}, or 0 for no limit, got ${minutes}`);
  }
  if (steps === undefined && minutes === undefined) return { config, best, legs };
  const last = legs.at(-1) as Leg;
  if (config.steps === 0) return beforeItIsFixed({ config, best, legs }, { steps, minutes });
  const ended = step >= config.steps || reasonToStop(config, best, seconds) !== undefined;
  if (!ended) {
    if (steps !== undefined && steps !== config.steps) {
      throw new RangeError(
        `resume: steps can't change before the run has ended, as its schedule depends on them: it is at step ${step} of ${config.steps}; go on without, then give ${steps}`,
      );
    }
    return { config: { ...config, minutes: minutes ?? config.minutes }, best, legs };
  }
  const anew = best && { ...best, since: 0 };
  if (steps === undefined && minutes && last.minutes !== undefined) {
    // Its steps followed from the time, and do so again.
    const unfixed = { ...config, steps: 0, minutes };
    return { config: unfixed, best: anew, legs: [...legs, { from: step, steps: 0 }] };
  }
  const left = config.steps - step;
  const total = steps ?? (left > 0 ? config.steps : step + last.steps);
  if (total <= step) {
    throw new RangeError(
      `resume: steps must be above ${step}, which the run has done already, as they are counted in; got ${steps}`,
    );
  }
  return {
    config: { ...config, steps: total, minutes: minutes ?? 0 },
    best: anew,
    legs: [...legs, { from: step, steps: total - step }],
  };
}

/** Another end of a run that was interrupted before the time had fixed the number of its steps. */
function beforeItIsFixed({ config, best, legs }: Ends, { steps, minutes = 0 }: NewEnd): Ends {
  const { from } = legs.at(-1) as Leg;
  if (steps === undefined) {
    if (minutes > 0) return { config: { ...config, minutes }, best, legs };
    throw new RangeError(
      "resume: minutes must be positive, as they are yet to fix the number of steps, got 0; or give steps",
    );
  }
  if (steps - from <= PACING_STEPS) {
    throw new RangeError(`resume: steps must be above ${from + PACING_STEPS}, got ${steps}`);
  }
  return {
    config: { ...config, steps, minutes },
    best,
    legs: [...legs.slice(0, -1), { from, steps: steps - from }],
  };
}
