import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, extname } from "node:path";
import type { LabelKind } from "@unet/image";
import type { Aim } from "@unet/inference";
import { checkRecipe, type Recipe, recipeNamed, recipes } from "@unet/training";
import { UsageError } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";
import { readSettings } from "../read-settings.js";

/**
 * The recipe of a name, or of a file.
 *
 * @throws UsageError that lists the names where there is neither, or names the field that is wrong
 */
export async function openRecipe(given: string): Promise<Recipe> {
  assertRecipe(given);
  if (isNamed(given)) return recipeNamed(given);
  const name = basename(given, extname(given));
  return readSettings(given, (content) => checkRecipe(content, name));
}

/** The text of a recipe's file, comments and all. */
export function recipeText(name: string): string {
  const path = createRequire(import.meta.url).resolve(`@unet/training/recipes/${name}.yaml`);
  return readFileSync(path, "utf8");
}

/** The aim that data suggests, which is also the name of the default recipe for it. */
export function aimOf(data: string, kind: LabelKind): Aim {
  if (/^(isbi2012|synthetic-membranes):/.test(data)) return "membranes";
  return kind;
}

/** @throws UsageError where there is no recipe of the name, and no such file */
function assertRecipe(given: string): void {
  if (isNamed(given) || existsSync(given)) return;
  const names = recipes.map(({ name }) => name);
  const right = nearest(given, names);
  throw new UsageError(
    `there is no recipe ${given}; give ${names.join(", ")}, or a file`,
    right ? { instead: { given, right } } : {},
  );
}

function isNamed(name: string): boolean {
  return recipes.some((recipe) => recipe.name === name);
}
