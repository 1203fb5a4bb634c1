import { PACING_STEPS } from "../run/pace.js";
import { checkConfig } from "./check-config.js";
import { defaultConfig, type TrainingConfig } from "./config.js";
import type { OwnParts } from "./own.js";

/**
 * The settings with defaults for what `config` leaves out, checked.
 *
 * ```ts
 * const { momentum, steps } = resolveConfig({ steps: 200 });
 * console.log(momentum, steps); // 0.99 200
 * ```
 *
 * @param own parts that it may name beside the built-in ones
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function resolveConfig(config: Partial<TrainingConfig>, own?: OwnParts): TrainingConfig {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  checkConfig(given, own);
  return paced({ ...defaultConfig, steps: config.minutes ? 0 : defaultConfig.steps, ...given });
}

/** Of a run whose number of steps is yet to be fixed, the rate of the first steps must not depend on it. */
function paced(config: TrainingConfig): TrainingConfig {
  const { steps, schedule, warmup = PACING_STEPS } = config;
  if (steps > 0) return config;
  if (schedule !== "constant" && warmup < PACING_STEPS) {
    throw new RangeError(
      `train: config.warmup must be at least ${PACING_STEPS} where minutes fix the number of steps, got ${warmup}`,
    );
  }
  return { ...config, warmup };
}
