import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { writeWhole } from "@unet/image/node";
import { predictTiled, withRotations, withSymmetries } from "@unet/inference";
import { ultrametricContours } from "@unet/inference/instances";
import { pixelError, randError, vInfo, vRand, warpingError } from "@unet/metrics";
import { createUNet } from "@unet/model";
import { resume, train } from "@unet/training";

/** Flags of the benches that train on real images. */
export const trainingFlags = {
  recipe: { type: "string", default: "bicubic" },
  filters: { type: "string", default: "16" },
  rate: { type: "string" },
  steps: { type: "string" },
  minutes: { type: "string" },
  tile: { type: "string" },
  seed: { type: "string", default: "0" },
  backend: { type: "string", default: "tensorflow" },
  /** More of `createUNet` and of `train`'s config, as JSON. */
  model: { type: "string", default: "{}" },
  training: { type: "string", default: "{}" },
};

const bilinear = { augmentation: { interpolation: "bilinear" } };
const bicubic = { augmentation: { interpolation: "bicubic" } };
const adamw = {
  optimizer: "adamw",
  learningRate: 1e-3,
  weightDecay: 1e-2,
  schedule: "cosine",
  tileSize: 256,
};
const padded = { batchNormalisation: true, padding: "same" };
/** The paper's, and what `pnpm bench ablation` found better, one step after the other. */
const recipes = {
  paper: { training: { optimizer: "sgd", momentum: 0.99, learningRate: 1e-3, ...bilinear } },
  adamw: { model: padded, training: { ...adamw, ...bilinear } },
  bicubic: { model: padded, training: { ...adamw, ...bicubic } },
};

/** The settings of a run that flags ask for; two runs of the same settings are the same run. */
export function settingsOf(flags, defaults) {
  if (!Object.hasOwn(recipes, flags.recipe))
    throw new Error(`--recipe is one of ${Object.keys(recipes).join(", ")}`);
  const number = (name) => (flags[name] === undefined ? undefined : Number(flags[name]));
  const recipe = recipes[flags.recipe];
  const training = { ...recipe.training, ...defaults };
  for (const [field, flag] of Object.entries({
    learningRate: "rate",
    steps: "steps",
    minutes: "minutes",
    tileSize: "tile",
  }))
    training[field] = number(flag) ?? training[field];
  return {
    backend: flags.backend,
    seed: number("seed"),
    model: { filters: number("filters"), ...recipe.model, ...JSON.parse(flags.model) },
    training: { ...training, ...JSON.parse(flags.training) },
  };
}

/** The folder of a data set under UNET_DATA. */
export function dataFolder(name) {
  const workspace = fileURLToPath(new URL("..", import.meta.url));
  const folder = `${process.env.UNET_DATA ?? `${workspace}../shared/data`}/${name}`;
  if (!existsSync(folder)) throw new Error(`${folder} is missing: set UNET_DATA to a folder with ${name}/`);
  return folder;
}

/**
 * Trains as `unet train` does, in `bench/out/NAME-HASH`; a run that was interrupted goes on there.
 *
 * @returns what `train` answers; the model is the caller's
 */
export async function trainOnce(name, settings, { samples, validation }) {
  await useBackend({ prefer: [settings.backend] });
  const { seed } = settings;
  const given = { samples, validation, onEvent: sayNowAndThen() };
  const out = fileURLToPath(
    new URL(`out/${name}-${hashOf({ settings, data: samples.source })}`, import.meta.url),
  );
  if (existsSync(`${out}/checkpoints`)) return resume(out, given);
  const model = createUNet({ ...settings.model, seed });
  return train({ ...given, model, seed, config: settings.training, out });
}

/** An `onEvent` that prints a step every 15 s, and each evaluation. */
export function sayNowAndThen() {
  let shown = 0;
  return (event) => {
    if (event.type === "validation")
      console.error(`  step ${event.step}, validation ${event.measure} ${event.value.toFixed(4)}`);
    if (event.type !== "step" || performance.now() < shown + 15_000) return;
    shown = performance.now();
    console.error(
      `  step ${event.step}, loss ${event.loss.toFixed(3)}, ${(1000 * event.seconds).toFixed(0)} ms`,
    );
  };
}

/** All samples of a data set. */
export function all(samples) {
  return Promise.all(Array.from({ length: samples.length }, (_, i) => samples.get(i)));
}

/**
 * Scores of whole images by overlap-tile, the mean of the 8 symmetries; with `rotations`, each also turned by so
 * many angles, as the paper averaged 7 of them. Of several models their mean.
 */
export async function scoresOf(models, images, rotations = 0) {
  const predictors = [models].flat().map((model) => {
    const predictor = withSymmetries(model);
    return rotations ? withRotations(predictor, { count: rotations }) : predictor;
  });
  const scores = [];
  for (const image of images) {
    const each = [];
    for (const predictor of predictors) each.push(await predictTiled(image, predictor));
    const sum = (i) => each.reduce((total, { data }) => total + data[i], 0);
    scores.push({ ...each[0], data: each[0].data.map((_, i) => sum(i) / each.length) });
  }
  return scores;
}

/** {@link scoresOf} the images of samples, and their labels. */
export async function scoresAndTruth(models, samples, rotations) {
  const each = await all(samples);
  const images = each.map(({ image }) => image);
  return [await scoresOf(models, images, rotations), each.map(({ labels }) => labels)];
}

const thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** What each of {@link membraneScores} is called. */
export const membraneNames = {
  ...{ vrand: "V^Rand", vinfo: "V^Info", wrong: "wrong px" },
  ...{ closedVrand: "V^Rand, gaps closed", closedVinfo: "V^Info, gaps closed" },
};

const rand = { better: Math.max, at: (...given) => vRand(...given).score };
const info = { better: Math.max, at: (...given) => vInfo(...given).score };
const wrong = { better: Math.min, at: (...given) => pixelError(...given).best.error };

/**
 * V^Rand and V^Info after thinning and the share of wrong pixels, then V^Rand and V^Info of contours in which gaps are
 * closed (`ultrametricContours`), each at its best threshold and at the one that `chosen` gives for it.
 *
 * @param {object[]} predictions scores, channel 1 the probability of cell
 * @param {Record<string, number>} [chosen] a threshold for each measure
 */
export function membraneScores(predictions, truths, chosen = {}) {
  const contours = predictions.map((scores) => ultrametricContours(scores));
  const measures = {
    vrand: { ...rand, of: predictions, channel: 1 },
    vinfo: { ...info, of: predictions, channel: 1 },
    wrong: { ...wrong, of: predictions, channel: 1 },
    closedVrand: { ...rand, of: contours },
    closedVinfo: { ...info, of: contours },
  };
  const result = {};
  for (const [name, { better, at, of, channel }] of Object.entries(measures)) {
    const scores = thresholds.map((threshold) => at(of, truths, { channel, thresholds: [threshold] }));
    const best = better(...scores);
    result[name] = { best: round(best), threshold: thresholds[scores.indexOf(best)] };
    if (chosen[name] === undefined) continue;
    result[name].chosen = {
      score: round(scores[thresholds.indexOf(chosen[name])]),
      threshold: chosen[name],
    };
  }
  return result;
}

/** The three errors that ISBI 2012 reported, the least over thresholds. */
export function challengeErrors(predictions, truths) {
  const errors = { warping: warpingError, rand: randError, pixel: pixelError };
  return Object.fromEntries(
    Object.entries(errors).map(([name, error]) => [
      name,
      round(error(predictions, truths, { channel: 1 }).challenge, 6),
    ]),
  );
}

/** The threshold of each measure that is best there. */
export function thresholdsOf(scores) {
  return Object.fromEntries(Object.entries(scores).map(([name, { threshold }]) => [name, threshold]));
}

/** Results that are kept in `bench/results/NAME.json`, each written as it ends. */
export class Results {
  constructor(name) {
    this.file = fileURLToPath(new URL(`results/${name}.json`, import.meta.url));
    this.runs = existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")).runs : [];
  }

  /** The run with these settings, if it is done. */
  find(settings) {
    return this.runs.find((run) => hashOf(run.settings) === hashOf(settings));
  }

  /** The run of this name. */
  named(name) {
    const run = this.runs.find((run) => run.name === name);
    if (!run) throw new Error(`${this.file} has no "${name}"; it has run 1 to run ${this.runs.length}`);
    return run;
  }

  /** Names the run by its number. */
  async add(run) {
    const name = `run ${this.runs.length + 1}`;
    const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
    this.runs.push({ name, ...run, machine });
    mkdirSync(dirname(this.file), { recursive: true });
    await writeWhole(this.file, `${JSON.stringify({ runs: this.runs }, null, 2)}\n`);
    return this.runs.at(-1);
  }
}

/** What a run says about its training, for the results. */
export function summaryOf({ steps, keptStep, seconds, history }) {
  const last = history.slice(-100).map(({ loss }) => loss);
  const loss = round(last.reduce((sum, value) => sum + value, 0) / last.length);
  return { steps, keptStep, trainingSeconds: Math.round(seconds), loss };
}

/** `"0-17"` as numbers. */
export function range(text) {
  const [first, last = first] = text.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

export function round(value, digits = 4) {
  return Number(value.toFixed(digits));
}

/** The same whatever the order of the fields. */
function hashOf(value) {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, 8);
}

function sorted(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([name, field]) => [name, sorted(field)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
