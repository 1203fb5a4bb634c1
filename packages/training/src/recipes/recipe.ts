import { type Aim, aims, type TaskOutput } from "@unet/inference";
import type { UNetConfig } from "@unet/model";
import { checkConfig } from "../config/check-config.js";
import type { TrainingConfig } from "../config/config.js";

/**
 * How to train for a purpose, and how the result is used: what a file of `recipes/` holds, as plain JSON.
 * {@link recipeFor} makes it fit the data.
 */
export interface Recipe {
  name: string;
  /** What it is for, in one line. */
  about: string;
  /** Default: that of the data. */
  aim?: Aim;
  /** Factor by which images are resized before the network sees them. Default 1. */
  scale?: number;
  /**
   * In place of `scale`: px across that the median object of the training labels shall have when the network sees it. The
   * factor that follows is held within 0.25 and 4, and is 1 where it would be less than 1.75 times away from that.
   */
  objectSize?: number;
  /** Whether scores are averaged over the 8 symmetries of the square, in eight times the time. Default false. */
  symmetries?: boolean;
  /** Options of `createUNet`. */
  network: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
  /** How scores become objects, until that is chosen on validation images. */
  out: Partial<TaskOutput>;
}

const fields = ["name", "about", "aim", "scale", "objectSize", "symmetries", "network", "training", "out"];
const outFields: ReadonlyArray<keyof TaskOutput> = [
  "score",
  "threshold",
  "split",
  "minimumSize",
  "fillHoles",
];

/**
 * Checks a recipe that was read from a file. `network`, `training` and `out` may be left out.
 *
 * @param given what the file holds
 * @param name of the recipe, where it has none of its own
 * @throws RangeError that names the field, what it holds and what would be right
 */
export function checkRecipe(given: unknown, name: string): Recipe {
  if (!isObject(given))
    throw new RangeError("a recipe must be an object with fields such as aim and training");
  const known = (what: string, object: object, names: readonly string[]) => {
    const stranger = Object.keys(object).find((field) => !names.includes(field));
    if (stranger === undefined) return;
    throw new RangeError(`${what} has no field "${stranger}"; it knows ${names.join(", ")}`);
  };
  known("a recipe", given, fields);
  const fail = (field: string, right: string): never => {
    throw new RangeError(`${field} must be ${right}, got ${JSON.stringify(given[field])}`);
  };
  for (const field of ["name", "about"]) {
    if (given[field] !== undefined && typeof given[field] !== "string") fail(field, "a text");
  }
  if (given.aim !== undefined && !aims.includes(given.aim as Aim)) fail("aim", `one of ${aims.join(", ")}`);
  const { scale, objectSize, symmetries, network = {}, training = {}, out = {} } = given;
  if (scale !== undefined && !(isNumber(scale) && scale >= 0.01 && scale <= 100)) {
    fail("scale", "a number from 0.01 to 100");
  }
  if (objectSize !== undefined && !(isNumber(objectSize) && objectSize > 0)) {
    fail("objectSize", "a positive number of px");
  }
  if (symmetries !== undefined && typeof symmetries !== "boolean") fail("symmetries", "true or false");
  if (scale !== undefined && objectSize !== undefined) {
    throw new RangeError("a recipe has scale or objectSize, not both");
  }
  for (const [field, value] of Object.entries({ network, training, out })) {
    if (!isObject(value)) fail(field, "an object of settings");
  }
  checkConfig(training as Record<string, unknown>);
  known("out", out as object, outFields);
  return { name, about: "", ...given, network, training, out } as Recipe;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
