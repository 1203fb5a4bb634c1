import type { TrainingConfig } from "../config/config.js";
import type { UnusedSettingsEvent } from "../events.js";

/** The event for settings that were given and change nothing, since nothing is validated, or only at the end. */
export function unusedSettings(
  given: Partial<TrainingConfig>,
  { validateEvery, validations }: TrainingConfig,
  hasValidation: boolean,
): UnusedSettingsEvent | undefined {
  if (hasValidation && validateEvery + validations > 0) return undefined;
  const names = ["validateEvery", "validations", "patience", "measure", "keepBest"] as const;
  const settings = names.filter((name) => {
    if (name === "keepBest") return given.keepBest;
    if (name === "measure") return !hasValidation && given.measure !== undefined && given.measure !== "loss";
    return (given[name] ?? 0) > 0;
  });
  if (settings.length === 0) return undefined;
  return { type: "unused", settings, needs: hasValidation ? "validateEvery" : "validation" };
}
