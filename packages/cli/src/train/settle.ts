import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Aim, plainTask, taskOf } from "@unet/inference";
import type { ModelMetadata, UNetConfig } from "@unet/model";
import { type Recipe, recipeFor, type Samples, type TrainingConfig } from "@unet/training";
import type { TrainPlan } from "./plan.js";

/** What a run is begun with. */
export interface Settled {
  network: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
}

/**
 * The network and the training settings of a plan: its own settings, and those of the recipe for all others.
 *
 * @param recipe undefined where the plan has all settings
 * @param given the samples to train on and to evaluate on, their aim, and the model that is trained further, if any
 */
export async function settle(
  plan: TrainPlan,
  recipe: Recipe | undefined,
  {
    samples,
    validation,
    aim,
    model,
  }: { samples: Samples; validation?: Samples; aim: Aim; model?: LayersModel },
): Promise<Settled> {
  if (!recipe) {
    const { channels } = (await samples.get(0)).image;
    const { task } = plan.training;
    const scaled = plan.scale && { task: { ...(task ?? plainTask), scale: plan.scale } };
    return {
      network: { filters: 16, inputChannels: channels, ...plan.model },
      training: { ...plan.training, ...scaled },
    };
  }
  const network = model
    ? { ...networkOf(model), classes: plan.model.classes ?? classesOf(model) }
    : plan.model;
  const rims = model && plan.model.classes === undefined ? rimsOf(model) : undefined;
  const own = { ...(rims && { rims }), ...plan.training };
  const isTuned = plan.recipe === undefined && plan.model.classes === undefined;
  const base = model && isTuned ? forTuning(recipe, aim, model) : recipe;
  const scaled = plan.scale ? { ...base, scale: plan.scale, objectSize: undefined } : base;
  return recipeFor(scaled, { samples, validation, aim, network, training: own });
}

/** Of a recipe's steps so many are enough for a network that is trained already, and of its rate. */
const TUNING = { steps: 1 / 5, learningRate: 0.3 };

/**
 * A recipe for a network that has learnt what it is asked for already: fewer and smaller steps, and results are made of its
 * scores as before, until that is chosen anew. One with a new head begins from the start.
 */
function forTuning(recipe: Recipe, aim: Aim, model: LayersModel): Recipe {
  const task = taskOf(model);
  if (task?.aim !== aim) return recipe;
  const { steps, learningRate } = recipe.training;
  const { threshold, split, fillHoles } = task.out;
  return {
    ...recipe,
    out: { ...recipe.out, threshold, split, fillHoles },
    training: {
      ...recipe.training,
      ...(steps && { steps: Math.round(steps * TUNING.steps) }),
      ...(learningRate && { learningRate: learningRate * TUNING.learningRate }),
    },
  };
}

function networkOf(model: LayersModel): Partial<UNetConfig> {
  return (model.getUserDefinedMetadata() as Partial<ModelMetadata> | undefined)?.architecture ?? {};
}

function classesOf(model: LayersModel): number {
  return model.outputs[0].shape.at(-1) as number;
}

/** The rims that a model learnt as classes, where it did. */
function rimsOf(model: LayersModel): number[] | undefined {
  const { training } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  const { rims } = (training?.config ?? {}) as Partial<TrainingConfig>;
  return rims?.length === classesOf(model) - 2 ? rims : undefined;
}
