/** Steps after which the number of all steps is fixed, where time alone is given. */
export const PACING_STEPS = 10;
/** Of these, the first that don't count: what is compiled and fetched once makes them slow. */
const WARM_STEPS = 2;

/** What a run takes, in seconds. */
export interface Costs {
  /** A step, without what it waits for samples that are prepared. */
  step: number;
  /** To prepare a sample, which is done once. */
  sample: number;
  /** An evaluation on all validation samples. */
  evaluation: number;
}

/** How often each of {@link Costs} comes. */
export interface Counts {
  /** Samples that are yet to be prepared, and how many a step needs. */
  samples: number;
  samplesPerStep: number;
  /** Evaluations whatever the number of steps, and steps between further ones; 0: none. */
  evaluations: number;
  validateEvery: number;
}

/** How long a step takes, by the median of the first ones. */
export function secondsPerStep(first: readonly number[]): number {
  const counted = first.slice(first.length > WARM_STEPS ? WARM_STEPS : 0).sort((a, b) => a - b);
  const middle = (counted.length - 1) / 2;
  return (counted[Math.floor(middle)] + counted[Math.ceil(middle)]) / 2;
}

/** As many evaluations as take a third of the time, at least the one at the end. */
export function evaluationsThatFit(seconds: number, evaluation: number): number {
  return evaluation > 0 ? Math.max(Math.floor(seconds / 3 / evaluation), 1) : Number.POSITIVE_INFINITY;
}

/**
 * How many steps fit into so many seconds, evaluations and the preparation of samples counted in. Half of the time is for
 * steps in any case: where a single evaluation takes longer, the run does.
 */
export function stepsThatFit(seconds: number, costs: Costs, counts: Counts): number {
  const { samples, samplesPerStep, evaluations, validateEvery } = counts;
  const free = Math.max(seconds - evaluations * costs.evaluation, seconds / 2);
  const step = costs.step + (validateEvery > 0 ? costs.evaluation / validateEvery : 0);
  const afterAll = (free - samples * costs.sample) / step;
  const steps =
    afterAll * samplesPerStep >= samples ? afterAll : free / (step + samplesPerStep * costs.sample);
  return Math.max(Math.floor(steps), 0);
}
