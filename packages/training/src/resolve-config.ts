import { checkConfig } from "./check-config.js";
import { defaultConfig, type TrainingConfig } from "./config.js";

/**
 * Fills what `config` leaves out.
 *
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function resolveConfig(config: Partial<TrainingConfig>): TrainingConfig {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  checkConfig(given);
  return { ...defaultConfig, ...given };
}
