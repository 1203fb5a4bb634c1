import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileRecipes, recipesModule } from "../scripts/recipes.mjs";

test("recipes/*.yaml are what their module was made from", () => {
  const made = readFileSync(join(import.meta.dirname, "..", recipesModule), "utf8");
  expect(made, "run `pnpm recipes`").toBe(compileRecipes());
});
