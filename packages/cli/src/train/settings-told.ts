import type { UNetConfig } from "@unet/model";
import { paperConfig } from "@unet/model";
import { defaultConfig, recipes, type TrainingConfig } from "@unet/training";

type Told = Array<[string, string]>;

/** The settings of a run in words: those that differ from its recipe, and the others. */
export function settingsTold(
  architecture: Partial<UNetConfig>,
  { task, ...training }: TrainingConfig,
): { own: Told; others: Told } {
  const recipe = recipes.find(({ name }) => name === task?.recipe);
  // without a known recipe, those that differ from the defaults
  const usual = {
    ...paperConfig,
    ...recipe?.network,
    classes: recipe?.network.classes ?? 2 + training.rims.length,
    ...defaultConfig,
    ...recipe?.training,
  } as Record<string, unknown>;
  const [own, others]: [Told, Told] = [[], []];
  for (const [name, value] of Object.entries({ ...architecture, ...training })) {
    if (JSON.stringify(value) === JSON.stringify(usual[name])) others.push([name, show(value)]);
    else if (recipe && usual[name] !== undefined)
      own.push([name, `${show(value)}, not ${show(usual[name])}`]);
    else own.push([name, show(value)]);
  }
  return { own, others };
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, inner]) => `${name} ${show(inner)}`);
  return fields.length > 0 ? fields.join(", ") : "default";
}
