import type { DataSource } from "@unet/datasets";
import type { UNetConfig } from "@unet/model";
import type { TrainingConfig } from "@unet/training";
import { InvalidArgumentError } from "commander";
import { readSettings } from "../read-settings.js";
import { type DataOptions, dataOptionNames, dataOptionsOf } from "../usage/data-options.js";
import { sampleNumbers } from "../usage/options.js";

/** All that `unet train` needs to know, from a file, from flags, or from both. */
export interface TrainPlan extends DataOptions {
  /** Name of a recipe, or its file. Default: by the aim of the data. */
  recipe?: string;
  /** Factor by which images are resized before the network sees them, in place of the recipe's. */
  scale?: number;
  /** As `openDataset` takes it. */
  data?: string;
  samples?: number[];
  validation?: number[];
  /** A trained model to begin with: folder of a run or of a model. */
  from?: string;
  seed?: number;
  model: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
}

/**
 * Reads the configuration of `unet train` as YAML or JSON; the `config.json` of a run is one, too. What `training` holds is
 * not checked: flags may override it.
 *
 * @throws UsageError that names the file, the field, what it holds and what would be right
 */
export function readPlan(path: string): Promise<TrainPlan> {
  return readSettings(path, planOf);
}

/** The plan of a file with the flags' settings in place of its own. */
export function mergePlans(file: TrainPlan, flags: TrainPlan): TrainPlan {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return {
    ...file,
    ...given,
    model: { ...file.model, ...flags.model },
    training: { ...file.training, ...flags.training },
  };
}

function planOf(given: unknown): TrainPlan {
  const fields = fieldsOf(given);
  const { recipe, scale, data, samples, validation, from, seed, model, training } = fields;
  const source = isObject(data) ? (data as unknown as DataSource) : undefined;
  // The config.json of a run that had none doesn't name any.
  const named = validation ?? (source ? "none" : undefined);
  const held = isObject(named) ? (named as unknown as DataSource).indices : named;
  const options = (source?.options ?? {}) as Record<string, unknown>;
  return {
    recipe: optional("recipe", recipe, isString, "the name of a recipe, or its file"),
    scale: optional("scale", scale, isScale, "a number from 0.01 to 100"),
    data: optional("data", source?.spec ?? data, isString, "a data set such as folder:DIR"),
    ...dataOptionsOf(
      Object.fromEntries(
        dataOptionNames.map((name) => [name, dataFields[name](name, fields[name] ?? options[name])]),
      ),
    ),
    samples: numbersOf("samples", samples ?? source?.indices),
    validation: held === "none" ? [] : numbersOf("validation", held),
    from: optional("from", from, isString, "the folder of a run or of a model"),
    seed: optional("seed", seed, isWhole, "a whole number"),
    model: optional("model", model, isObject, "an object of createUNet's options") ?? {},
    training: optional("training", training, isObject, "an object of settings") ?? {},
  };
}

/** Training settings that the config.json of every run has had since the first version. */
const always = ["optimizer", "learningRate", "schedule", "loss", "w0", "augmentation", "measure"] as const;

/** Whether a plan has all training settings, as the `config.json` of a run does, so that no recipe is needed. */
export function isComplete({ training }: TrainPlan): boolean {
  return always.every((field) => training[field] !== undefined);
}

/** The fields of a file. `legs` stands in the config.json of a prolonged run and is ignored: a new run has one schedule. */
const known = [
  "recipe",
  "scale",
  "data",
  ...dataOptionNames,
  ...["samples", "validation", "from", "seed", "model", "training", "legs"],
];

type ReadField = (name: string, value: unknown) => unknown;
const field =
  <T>(fits: (value: unknown) => value is T, right: string): ReadField =>
  (name, value) =>
    optional(name, value, fits, right);

/** Fields of a file that say how the data is read. */
const dataFields: Record<keyof DataOptions, ReadField> = {
  kind: field(isOneOf("classes", "instances"), "classes or instances"),
  images: field(isString, "the name of a folder"),
  masks: field(isString, "the name of a folder"),
  maskSuffix: field(isString, "a text such as _mask"),
  colours: field(isTable, 'a table of labels such as { "#ff0000": 1, "0": -1 }'),
  ignore: field(isValues, "a list of values such as [255]"),
  truth: field(isOneOf("gold", "silver", "both"), "gold, silver or both"),
  border: field(isWhole, "a whole number of px"),
  channel: numbersOf,
  z: numbersOf,
  t: numbersOf,
  channels: field(isOneOf("grey"), "grey"),
  maxPixels: field(isWhole, "a whole number of pixels"),
};

function fieldsOf(given: unknown): Record<string, unknown> {
  if (!isObject(given)) throw new RangeError(`it must hold fields such as data and training`);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined) return given;
  throw new RangeError(`there is no field "${stranger}"; it knows ${known.join(", ")}`);
}

function optional<T>(
  name: string,
  value: unknown,
  fits: (value: unknown) => value is T,
  right: string,
): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (fits(value)) return value;
  throw new RangeError(`${name} must be ${right}, got ${JSON.stringify(value)}`);
}

/** Sample numbers as a list, or as in `0-17,20`. */
function numbersOf(name: string, value: unknown): number[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((number) => Number.isInteger(number) && number >= 0)) return value;
  try {
    return sampleNumbers(String(value));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new RangeError(
      `${name} must be sample numbers such as 0-17 or [0, 4], got ${JSON.stringify(value)}`,
    );
  }
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isScale(value: unknown): value is number {
  return typeof value === "number" && value >= 0.01 && value <= 100;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTable(value: unknown): value is Record<string, number> {
  return isObject(value) && Object.values(value).every(isWhole);
}

function isValues(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isWhole);
}

function isOneOf<Name extends string>(...names: Name[]) {
  return (value: unknown): value is Name => names.includes(value as Name);
}
