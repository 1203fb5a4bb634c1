import type { LayersModel } from "@tensorflow/tfjs-layers";
import { assertTrainable, type Dataset, subset } from "@unet/datasets";
import { type ModelMetadata, type UNetConfig, withNewHead } from "@unet/model";
import { type Recipe, recipeNamed, resolveConfig, type TrainingConfig } from "@unet/training";
import type { Command } from "commander";
import { openData } from "../data.js";
import { UsageError } from "../messages/errors.js";
import { assertRunFolder } from "../outputs/assert-folder.js";
import { wrongIn } from "../read-settings.js";
import { isNetwork, openRun } from "../run.js";
import { type CommonOptions, startBackend, tell } from "../usage/command.js";
import { type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { settingsOf } from "./flags.js";
import { isComplete, mergePlans, readPlan, type TrainPlan } from "./plan.js";
import { aimOf, openRecipe } from "./recipe.js";
import { chooseSamples } from "./samples.js";
import { settle } from "./settle.js";

/** Options of `unet train`. */
export interface TrainFlags extends CommonOptions, DataOptions {
  config?: string;
  recipe?: string;
  scale?: number;
  resume?: string;
  data?: string;
  out?: string;
  samples?: number[];
  validation?: number[];
  folds?: number;
  from?: string;
  seed?: number;
  workers: number;
  tensorboard?: boolean;
}

/** What a training is begun with. */
export interface Ready {
  plan: TrainPlan;
  out: string;
  backend: string;
  samples: Dataset;
  validation?: Dataset;
  network: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
  /** The model that is gone on with. */
  model?: LayersModel;
}

/** Opens the data, and settles what the plan leaves to the recipe. */
export async function getReady(options: TrainFlags, made: Command): Promise<Ready> {
  const plan = await planOf(options, made);
  const { data, from, seed = 0 } = plan;
  const { out, json } = options;
  if (!data) throw new UsageError("--data is missing; name the images, e.g. --data folder:DIR");
  if (!out) throw new UsageError("--out is missing; name the folder that gets the model, e.g. --out run");
  const folder = from === undefined || isNetwork(from) ? undefined : from;
  await assertRunFolder(out, [data, folder, options.config, plan.recipe]);
  const asked = plan.recipe === undefined ? undefined : await openRecipe(plan.recipe);
  const classes = plan.model.classes ?? asked?.network.classes ?? 2;
  const dataset = await openData(data, { ...dataOptionsOf(plan), seed, classes });
  const folds = options.folds !== undefined;
  const chosen = chooseSamples(dataset.length, folds ? { ...plan, validation: [] } : plan);
  await assertTrainable(subset(dataset, [...chosen.training, ...chosen.validation]), { classes });
  const backend = await startBackend(options);
  const samples = subset(dataset, chosen.training);
  const validation = chosen.validation.length > 0 ? subset(dataset, chosen.validation) : undefined;
  const { kind } = await samples.get(0);
  const aim = aimOf(data, kind);
  const recipe = asked ?? (isComplete(plan) ? undefined : recipeNamed(aim));
  const model = from ? await openToTune(from, plan, { quiet: json }) : undefined;
  try {
    const { network, training } = await settle(plan, recipe, {
      samples,
      aim,
      model,
      validation,
    });
    if (!json) {
      const { training: used, validation: held } = chosen;
      tell(`data       ${data}: ${used.length} to train on, ${folds ? "all" : held.length} to evaluate`);
      if (recipe) tell(`recipe     ${describeRecipe(recipe, training)}`);
    }
    return { plan, out, backend: backend.name, samples, validation, network, training, model };
  } catch (error) {
    model?.dispose();
    throw error;
  }
}

export function tellOfModel(model: LayersModel, { from }: TrainPlan): void {
  tell(`model      ${describe(model)}${from ? `, from ${from}` : ""}`);
}

function describeRecipe({ name, about }: Recipe, { task }: Partial<TrainingConfig>): string {
  const scale = task?.scale ?? 1;
  return `${name}: ${about}${scale === 1 ? "" : `; images resized by ${scale}`}`;
}

/** The first option that was given beside these. */
export function extraBeside(made: Command, allowed: readonly string[]): string | undefined {
  const isExtra = (name: string) => !allowed.includes(name) && made.getOptionValueSource(name) === "cli";
  return made.options.find((option) => isExtra(option.attributeName()))?.long ?? undefined;
}

async function planOf(options: TrainFlags, made: Command): Promise<TrainPlan> {
  const { recipe, scale, data, samples, validation, from, seed } = options;
  const named = { ...dataOptionsOf(options), recipe, scale, data, samples, validation, from, seed };
  const flags: TrainPlan = { ...named, ...settingsOf(made) };
  const { config: file } = options;
  const plan = file === undefined ? flags : mergePlans(await readPlan(file), flags);
  try {
    // Here, before the data is read; `train` checks what follows from recipe and data.
    resolveConfig(plan.training);
  } catch (error) {
    const { message } = error as Error;
    const fields = [...message.matchAll(/\bconfig\.(\w+)/g)].map(([, field]) => field);
    const isOfFile = !fields.some((field) => Object.hasOwn(flags.training, field));
    if (file !== undefined && isOfFile) throw wrongIn(file, error);
    throw new UsageError(message, { cause: error });
  }
  return plan;
}

/** A trained model to go on from: as it is, or with a new head for other classes. */
export async function openToTune(
  from: string,
  { model: asked, seed }: TrainPlan,
  { quiet = false } = {},
): Promise<LayersModel> {
  const { classes, ...others } = asked;
  const [extra] = Object.keys(others);
  if (extra) throw new UsageError(`--from takes the network of ${from}, so ${extra} can't be given with it`);
  const model = await openRun(from, { quiet });
  if (classes === undefined || classes === model.outputs[0].shape.at(-1)) return model;
  try {
    return withNewHead(model, { classes, seed });
  } finally {
    model.dispose();
  }
}

function describe(model: LayersModel): string {
  const { architecture } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  const shape = architecture ? `, ${architecture.filters} filters, depth ${architecture.depth}` : "";
  return `${model.countParams().toLocaleString("en")} parameters${shape}`;
}
