import { normalisations } from "@unet/image";
import type { TrainingConfig } from "./config.js";
import { lossNames, lossOf } from "./loss.js";
import { measureNames } from "./measure.js";

/**
 * Checks what a configuration gives, whether from a program or read from a file.
 *
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function checkConfig(config: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(config)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof TrainingConfig] : undefined;
    if (!rule) {
      const known = Object.keys(rules).sort().join(", ");
      throw new RangeError(`train: config has no field "${name}"; it knows ${known}`);
    }
    if (!rule.fits(value)) {
      throw new RangeError(`train: config.${name} must be ${rule.right}, got ${show(value)}`);
    }
  }
}

/** What a field must be, in words and as a test. */
interface Rule {
  right: string;
  fits(value: unknown): boolean;
}

const number = (right: string, fits: (n: number) => boolean): Rule => ({
  right,
  fits: (value) => typeof value === "number" && Number.isFinite(value) && fits(value),
});
const whole = (least: number, right = `a whole number of at least ${least}`): Rule =>
  number(right, (n) => Number.isInteger(n) && n >= least);
const share = (right = "a number from 0 to below 1"): Rule => number(right, (n) => n >= 0 && n < 1);
const positive = (right = "a positive number"): Rule => number(right, (n) => n > 0);
const notNegative = number("0 or a positive number", (n) => n >= 0);
const oneOf = (names: readonly string[]): Rule => ({
  right: `one of ${names.join(", ")}`,
  fits: (value) => names.includes(value as string),
});
const strings = (right: string): Rule => ({
  right,
  fits: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
});
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

const rules: Record<keyof TrainingConfig, Rule> = {
  steps: whole(1),
  minutes: notNegative,
  tileSize: whole(1),
  accumulate: whole(1),
  optimizer: oneOf(["sgd", "adam", "adamw"]),
  learningRate: positive(),
  momentum: share(),
  weightDecay: notNegative,
  clipNorm: notNegative,
  schedule: oneOf(["constant", "step", "cosine", "one-cycle"]),
  warmup: whole(0),
  decayEvery: whole(1),
  decayFactor: positive(),
  average: share(),
  freeze: strings("a list of levels such as enc0, bottom or head"),
  normalisation: oneOf(normalisations),
  loss: {
    right: `one of ${lossNames.join(", ")}, or a sum such as "dice + 0.5 * focal"`,
    fits: (value) => typeof value === "string" && isLoss(value),
  },
  classWeights: {
    right: '"balanced", or a list of positive numbers, one for each class',
    fits: (value) =>
      value === "balanced" ||
      (Array.isArray(value) && value.every((item) => Number.isFinite(item) && item > 0)),
  },
  w0: notNegative,
  sigma: positive("a positive number of pixels"),
  classOf: { right: "a table of classes by instance", fits: isObject },
  classNames: strings("a list of names"),
  augmentation: {
    right: "false, or an object of deformTile's options",
    fits: (value) => value === false || isObject(value),
  },
  checkpointEvery: whole(1),
  keepCheckpoints: whole(1),
  validateEvery: whole(0, "0 or a whole number of steps"),
  measure: oneOf(measureNames),
  keepBest: { right: "true or false", fits: (value) => typeof value === "boolean" },
  patience: whole(0, "0 or a whole number of evaluations"),
};

function isLoss(text: string): boolean {
  try {
    lossOf(text);
    return true;
  } catch {
    return false;
  }
}

function show(value: unknown): string {
  return typeof value === "number" ? `${value}` : (JSON.stringify(value) ?? String(value));
}
