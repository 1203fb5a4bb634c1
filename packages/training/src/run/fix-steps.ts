import type { Leg } from "../optimisation/schedule.js";
import { evaluationsThatFit, PACING_STEPS, secondsPerStep, stepsThatFit } from "./pace.js";
import type { Run } from "./run.js";

/**
 * Of a run that is given time and no number of steps: fixes the number once the first steps have shown how long one takes,
 * and keeps it as a setting. Does nothing before that, and nothing to other runs.
 */
export async function fixSteps(run: Run): Promise<void> {
  const { result, firstSeconds, samples, samplesAreKept, options } = run.parts;
  const { config, legs } = result;
  const { from } = legs.at(-1) as Leg;
  const left = () => 60 * config.minutes - result.seconds;
  if (config.steps > 0 || result.steps === from) return;
  if (result.steps < from + PACING_STEPS && left() > 0) return;
  const { minutes, validateEvery, accumulate } = config;
  const evaluation = left() > 0 ? await run.timeEvaluation() : { seconds: 0, once: 0 };
  const asked = config.validations;
  config.validations = Math.min(asked, evaluationsThatFit(left() - evaluation.once, evaluation.seconds));
  const prepared = run.preparedSinceStart();
  const costs = {
    step: secondsPerStep(firstSeconds),
    sample: prepared.seconds / Math.max(prepared.samples, 1),
    evaluation: evaluation.seconds,
  };
  const counts = {
    // Those that are not kept are prepared again and again.
    samples: samplesAreKept ? samples.length - prepared.samples : Number.MAX_SAFE_INTEGER,
    samplesPerStep: accumulate,
    evaluations: Math.max(config.validations, 1),
    validateEvery,
  };
  const step = result.steps;
  const steps = step + stepsThatFit(left() - evaluation.once, costs, counts);
  legs[legs.length - 1] = { from, steps: steps - from, minutes };
  Object.assign(config, { steps, minutes: 0 });
  firstSeconds.length = 0;
  await run.save();
  await run.writeConfig();
  const fewer = config.validations < asked && { validations: config.validations };
  options.onEvent?.({ type: "paced", step, steps, minutes, secondsPerStep: costs.step, ...fewer });
}
