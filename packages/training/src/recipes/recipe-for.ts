import { connectedComponents, type Sample } from "@unet/image";
import { type Aim, checkTask, type Task, type TaskOutput } from "@unet/inference";
import type { UNetConfig } from "@unet/model";
import type { TrainingConfig } from "../config/config.js";
import { areasOf } from "../samples/areas-of.js";
import type { Samples } from "../samples/samples.js";
import type { Recipe } from "./recipe.js";
import { recipes } from "./recipes.js";

/** What {@link recipeFor} is told. */
export interface RecipeForOptions {
  /** The samples to train on, of which at most 64 are looked at: how large images and objects are, how many channels. */
  samples: Samples;
  /** Those to evaluate on, if any; without them, what a recipe says of evaluations is left out. */
  validation?: Samples;
  /** Of the data, for recipes that have none. Default: by its labels, `"instances"` or `"classes"`. */
  aim?: Aim;
  /** Options of `createUNet` in place of the recipe's. `classes` without `training.rims` switches rims off. */
  network?: Partial<UNetConfig>;
  /** Settings in place of the recipe's. `minutes` without `steps` leaves the steps out. */
  training?: Partial<TrainingConfig>;
}

/** What {@link recipeFor} answers: options of `createUNet`, and the `config` of `train`, its `task` among them. */
export interface ResolvedRecipe {
  network: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
}

/** As many samples are looked at, spread evenly. */
const MOST_SAMPLES = 64;

/**
 * Makes a recipe fit the data: the scale by the size of the objects, a class for each rim, tiles no larger than the
 * images ask for, and the task that goes into the model.
 *
 * ```ts
 * const { network, training } = await recipeFor("instances", { samples, validation });
 * await train({ model: createUNet(network), samples, validation, config: training });
 * ```
 *
 * @param recipe a name of {@link recipes}, or a recipe
 * @throws RangeError where there is none of that name, or what it says does not fit together
 */
export async function recipeFor(
  recipe: string | Recipe,
  {
    samples,
    validation,
    aim: ofData,
    network: ownNetwork = {},
    training: ownTraining = {},
  }: RecipeForOptions,
): Promise<ResolvedRecipe> {
  const { name, ...given } = typeof recipe === "string" ? recipeNamed(recipe) : recipe;
  const [asked, own] = [definedIn(ownNetwork), definedIn(ownTraining)];
  const { validations, measure, ...unvalidated } = given.training;
  const training: Partial<TrainingConfig> = { ...(validation ? given.training : unvalidated), ...own };
  if (own.minutes && own.steps === undefined) delete training.steps;
  if (own.validateEvery && own.validations === undefined) delete training.validations;
  const withoutRims = asked.classes !== undefined || own.classOf !== undefined;
  if (withoutRims && own.rims === undefined) delete training.rims;
  const classes = asked.classes ?? given.network.classes ?? 2 + (training.rims?.length ?? 0);

  const seen = await lookAt(samples, given.objectSize !== undefined || given.aim === "instances");
  const aim = given.aim ?? ofData ?? seen.kind;
  const scale = own.task?.scale ?? scaleFor(given, seen.diameter);
  const network = { inputChannels: seen.channels, ...given.network, ...asked, classes };
  if (training.tileSize !== undefined && own.tileSize === undefined) {
    training.tileSize = tileFor(training.tileSize, network, scale * seen.side);
  }
  if (own.classWeights === undefined) training.classWeights = fitted(training.classWeights, classes);
  const { symmetries } = given;
  const seeing = { scale, ...(symmetries && { symmetries }) };
  training.task ??= taskFor(
    { recipe: name, aim, ...seeing },
    { minimumSize: seen.speck, ...given.out },
    classes,
  );
  return { network, training: definedIn(training) };
}

/**
 * The recipe of a name.
 *
 * @throws RangeError that lists the names where there is none
 */
export function recipeNamed(name: string): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  if (found) return found;
  throw new RangeError(
    `recipeNamed: there is no recipe "${name}"; there are ${recipes.map(({ name }) => name).join(", ")}`,
  );
}

/** The task of a recipe, with what its output leaves out. */
function taskFor(task: Omit<Task, "out">, out: Partial<TaskOutput>, classes: number): Task {
  const score = scoreOf(task.aim, classes);
  const plain = { threshold: 0.5, split: "none", minimumSize: 0, fillHoles: false };
  return checkTask({ ...task, out: { score, ...plain, ...out } }, classes);
}

/**
 * Weights of the classes' probabilities. Of objects with rims the score falls towards the border: 1 in the interior, ½ in
 * the narrowest rim, evenly between. Of classes it is the probability of anything but background.
 */
function scoreOf(aim: Task["aim"], classes: number): number[] {
  return Array.from({ length: classes }, (_, label) => {
    if (label === 0) return 0;
    return aim === "classes" || classes === 2 ? 1 : 1 - (label - 1) / (2 * (classes - 2));
  });
}

function scaleFor({ scale = 1, objectSize }: Partial<Recipe>, diameter: number | undefined): number {
  if (objectSize === undefined || !diameter) return scale;
  const factor = objectSize / diameter;
  // What is near enough is left as it is: resizing costs sharpness, and augmentation by scale covers the rest.
  if (factor > 1 / 1.75 && factor < 1.75) return 1;
  return Number(Math.min(Math.max(factor, 0.25), 4).toPrecision(2));
}

/**
 * The tile of a padded network: of a size that it takes, and no larger than the images are. One of another network's
 * recipe is left to `train`, which chooses by the images and the memory.
 */
function tileFor(size: number, network: Partial<UNetConfig>, side: number): number | undefined {
  const { padding = "valid", depth = 4 } = network;
  if (padding !== "same") return undefined;
  const multiple = 2 ** depth;
  return multiple * Math.ceil(Math.min(size, side) / multiple);
}

/** Equal weights for so many classes, where equal weights were for more or fewer. */
function fitted(
  weights: TrainingConfig["classWeights"] | undefined,
  classes: number,
): TrainingConfig["classWeights"] | undefined {
  if (!Array.isArray(weights) || weights.some((weight) => weight !== weights[0])) return weights;
  return new Array<number>(classes).fill(weights[0]);
}

/** What the samples are like. */
interface Seen {
  kind: Sample["kind"];
  channels: number;
  /** The longest side of an image, px. */
  side: number;
  /** Of a circle as large as the median object, px, where it was asked for and there are objects. */
  diameter?: number;
  /** A tenth of the area of that object, px, or 0. */
  speck: number;
}

async function lookAt(samples: Samples, objects: boolean): Promise<Seen> {
  const count = Math.min(samples.length, MOST_SAMPLES);
  const areas: number[] = [];
  let [channels, side, first] = [1, 0, "classes" as Sample["kind"]];
  for (let i = 0; i < count; i++) {
    const { image, labels, kind } = await samples.get(Math.floor((i * samples.length) / count));
    if (i === 0) [channels, first] = [image.channels, kind];
    side = Math.max(side, image.width, image.height);
    if (objects) areas.push(...areasOf(kind === "instances" ? labels : connectedComponents(labels)));
  }
  const median = areas.sort((a, b) => a - b)[areas.length >> 1];
  const diameter = median && 2 * Math.sqrt(median / Math.PI);
  return { kind: first, channels, side, diameter, speck: Math.round((median ?? 0) / 10) };
}

/** Without the fields that hold nothing. */
function definedIn<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
