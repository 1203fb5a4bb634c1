import { type ElasticOptions, type GreyValueOptions, augmentationLimits as limits } from "@unet/augmentation";
import { normalisations } from "@unet/image";
import { checkTask, type Task } from "@unet/inference";
import { measureNames } from "../evaluation/measure.js";
import { lossNames, lossOf } from "../optimisation/loss.js";
import { type AugmentationConfig, defaultConfig, type TrainingConfig } from "./config.js";
import { assertOwn, type OwnParts } from "./own.js";
import { assertRims } from "./rims.js";

/**
 * Checks what a configuration gives, whether from a program or read from a file.
 *
 * @param own parts that it may name beside the built-in ones
 * @throws RangeError that names a field, what it was given and what would be right
 */
export function checkConfig(config: Record<string, unknown>, own: OwnParts = {}): void {
  assertOwn(own);
  checkFields("config", config, { ...rules, ...rulesOf(own) });
  if (config.task) checkTaskOf(config.task as Task);
  assertRims({ ...defaultConfig, ...config });
  const { steps, minutes = 0, validations = 0, validateEvery = 0 } = config as Partial<TrainingConfig>;
  if (steps === 0 && minutes === 0) {
    throw new RangeError("train: config.steps must be a whole number of at least 1, got 0");
  }
  if (validations > 0 && validateEvery > 0) {
    throw new RangeError(
      `train: config.validations and config.validateEvery can't be given together, got ${validations} and ${validateEvery}; leave one out`,
    );
  }
}

/**
 * @param classes of the model; until there is one, the task's own weights say how many there are
 * @throws RangeError that names the field of the task
 */
export function checkTaskOf(task: Task, classes: number = task.out?.score?.length ?? 2): void {
  try {
    checkTask(task, classes);
  } catch (error) {
    throw new RangeError(`train: ${(error as Error).message.replace("the model's ", "config.")}`);
  }
}

/** Checks the fields of an object by their rules; fields that are `undefined` count as not given. */
function checkFields(name: string, given: object, known: Record<string, Rule>): void {
  for (const [field, value] of Object.entries(given)) {
    const rule = Object.hasOwn(known, field) ? known[field] : undefined;
    if (!rule) {
      const names = Object.keys(known).sort().join(", ");
      throw new RangeError(`train: ${name} has no field "${field}"; it knows ${names}`);
    }
    if (value === undefined) continue;
    if (!rule.fits(value)) {
      throw new RangeError(`train: ${name}.${field} must be ${rule.right}, got ${show(value)}`);
    }
    if (rule.fields && isObject(value)) checkFields(`${name}.${field}`, value as object, rule.fields);
  }
}

/** Which values a field may have: in words for the error, and as a test. */
interface Rule {
  right: string;
  fits(value: unknown): boolean;
  /** Of an object. */
  fields?: Record<string, Rule>;
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
const truth: Rule = { right: "true or false", fits: (value) => typeof value === "boolean" };
/** One number for both axes, or `[y, x]`. */
const oneOrTwo = ({ right, fits }: Rule): Rule => ({
  right: `${right}, or two of them, [y, x]`,
  fits: (value) => fits(value) || (Array.isArray(value) && value.length === 2 && value.every(fits)),
});
/** An object whose fields have rules, or `false` where it can be switched off. */
const fieldsOf = (fields: Record<string, Rule>, what: string): Rule => ({
  right: `false, or an object of ${what}`,
  fits: (value) => value === false || isObject(value),
  fields,
});

const below = (most: number) => number(`a number from 0 to below ${most}`, (n) => n >= 0 && n < most);
const upTo = (most: number, unit = "") =>
  number(`a number from 0 to ${most}${unit}`, (n) => n >= 0 && n <= most);

/** The options of `deformTile`, except sizes, seed and index, which the run decides. */
const greyValues: Record<keyof GreyValueOptions, Rule> = {
  offset: below(1),
  contrast: below(1),
  slope: below(1),
  black: below(0.5),
  white: below(0.5),
  blur: upTo(limits.blur, " px"),
  noise: upTo(limits.noise),
};
const elastic: Record<keyof ElasticOptions, Rule> = {
  sigma: upTo(limits.sigma, " px"),
  grid: oneOrTwo(
    number(
      `a whole number from 2 to ${limits.nodes}`,
      (n) => Number.isInteger(n) && n >= 2 && n <= limits.nodes,
    ),
  ),
  spacing: oneOrTwo(number(`a number of at least ${limits.spacing} px`, (n) => n >= limits.spacing)),
  interpolation: oneOf(["bicubic", "bspline"]),
};
const augmentation: Record<keyof (AugmentationConfig & object), Rule> = {
  elastic: fieldsOf(elastic, Object.keys(elastic).join(", ")),
  rotation: truth,
  flips: truth,
  scaling: upTo(limits.scaling),
  greyValues: fieldsOf(greyValues, Object.keys(greyValues).join(", ")),
  interpolation: oneOf(["bilinear", "bicubic"]),
  balance: upTo(1),
};

/** Names in these fields may be of the caller's own parts. */
const rulesOf = ({ losses, measures, augmentations = {} }: OwnParts): Record<OwnField, Rule> => ({
  loss: {
    right: `one of ${[...lossNames, ...Object.keys(losses ?? {})].join(", ")}, or a sum such as "dice + 0.5 * focal"`,
    fits: (value) => typeof value === "string" && isLoss(value, losses),
  },
  measure: oneOf([...measureNames, ...Object.keys(measures ?? {})]),
  augmentations: {
    right: "a list of names of functions that are given as own.augmentations",
    fits: (value) => Array.isArray(value) && value.every((name) => Object.hasOwn(augmentations, name)),
  },
});
type OwnField = "loss" | "measure" | "augmentations";

const rules: Record<Exclude<keyof TrainingConfig, OwnField>, Rule> = {
  steps: whole(0, "a whole number of at least 1"),
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
  classWeights: {
    right: '"balanced", or a list of positive numbers, one for each class',
    fits: (value) =>
      value === "balanced" ||
      (Array.isArray(value) && value.every((item) => Number.isFinite(item) && item > 0)),
  },
  w0: notNegative,
  sigma: positive("a positive number of pixels"),
  classOf: { right: "a table of classes by instance", fits: isObject },
  task: { right: "an object with aim, scale and out", fits: isObject },
  rims: {
    right: "a list of different widths of at least 1 px",
    fits: (value) =>
      Array.isArray(value) &&
      value.every((width) => Number.isFinite(width) && width >= 1) &&
      new Set(value).size === value.length,
  },
  paste: whole(0, "0 or a whole number of times"),
  classNames: strings("a list of names"),
  augmentation: fieldsOf(augmentation, "deformTile's options"),
  checkpointEvery: whole(1),
  keepCheckpoints: whole(1),
  validateEvery: whole(0, "0 or a whole number of steps"),
  validations: whole(0, "0 or a whole number of evaluations"),
  keepBest: truth,
  patience: whole(0, "0 or a whole number of evaluations"),
};

function isLoss(text: string, own: OwnParts["losses"]): boolean {
  try {
    lossOf(text, own);
    return true;
  } catch {
    return false;
  }
}

function show(value: unknown): string {
  return typeof value === "number" ? `${value}` : (JSON.stringify(value) ?? String(value));
}
