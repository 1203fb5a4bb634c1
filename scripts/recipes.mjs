#!/usr/bin/env node
// `pnpm recipes`: packages/training/recipes/*.yaml as one module, packages/training/src/recipes/recipes.ts, so that a page has
// them and nothing needs to read YAML.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}/packages/training/recipes`;
/** The defaults by what the data is, then the others. */
const order = ["instances", "membranes", "classes", "paper"];
// the command depends on it, the root does not
const { parse } = createRequire(`${root}/packages/cli/package.json`)("yaml");

/** Where the module lies, from the root. */
export const recipesModule = "packages/training/src/recipes/recipes.ts";

/** The text of the module that the files make. */
export function compileRecipes() {
  const rank = (name) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  const names = readdirSync(folder)
    .map((file) => file.replace(/\.yaml$/, ""))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const recipes = names.map((name) => parse(readFileSync(`${folder}/${name}.yaml`, "utf8")));
  return `// Made by \`pnpm recipes\` from recipes/*.yaml, which say why.
import type { Recipe } from "./recipe.js";

/** Every recipe that comes with this package: those that \`unet train\` takes by itself first. */
export const recipes: readonly Recipe[] = ${JSON.stringify(recipes, null, 2)};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${root}/${recipesModule}`, compileRecipes());
  console.log(`recipes/*.yaml → ${recipesModule}`);
}
