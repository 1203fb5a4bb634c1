import { recipes } from "@unet/training";
import type { Command } from "commander";
import { UsageError } from "../messages/errors.js";
import { wrap } from "../messages/wrap.js";
import { recipeText } from "../train/recipe.js";
import { type CommonOptions, command } from "../usage/command.js";

export function recipesCommand(): Command {
  return command("recipes", "List the recipes of unet train, or print one, to be saved and changed.")
    .argument("[name]", "the recipe whose file is printed")
    .action(listOrPrint);
}

function listOrPrint(name: string | undefined, { json }: CommonOptions): void {
  const recipe = recipes.find((each) => each.name === name);
  if (name !== undefined && !recipe) {
    const names = recipes.map((each) => each.name).join(", ");
    throw new UsageError(`there is no recipe ${name}; there are ${names}`);
  }
  if (json) console.log(JSON.stringify(recipe ?? recipes));
  else if (recipe) process.stdout.write(recipeText(recipe.name));
  else
    for (const each of recipes) console.log(wrap(`${each.name.padEnd(11)}${each.about}`, 80, 11).join("\n"));
}
