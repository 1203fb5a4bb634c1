import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { openDataset, split, subset } from "@unet/datasets";
import { connectedComponents } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { labelInstances, predictTiled } from "@unet/inference";
import { iou, segMeasure } from "@unet/metrics";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";

export const title =
  "The border term of the weight map, w0 = 10 beside w0 = 0, on touching nuclei (DSB 2018)";

/** What both arms share; a change makes all runs anew. */
const settings = {
  backend: "tensorflow",
  model: { inputChannels: 3, filters: 16, depth: 3, dropout: 0.2 },
  training: {
    ...{ steps: 2000, tileSize: 268, learningRate: 0.02, momentum: 0.9 },
    augmentation: { interpolation: "bilinear" },
  },
  heldOut: { fraction: 0.5, seed: 0 },
  thresholds: [0.5, 0.7, 0.9],
  minimumSize: 10,
  seeds: [1, 2, 3],
};
const arms = [10, 0];

/** What is measured, and what the table calls it. */
const measures = {
  merged: "merged objects",
  missed: "missed nuclei",
  superfluous: "superfluous objects",
  seg: "SEG",
  f1: "F1 at IoU 0.5",
  iou: "IoU of the foreground",
};

/** Where each run's scores are kept as it ends; what is there isn't done again. Delete it to start afresh. */
const file = fileURLToPath(new URL("results/border-term.json", import.meta.url));

export async function* measure() {
  const [training, evaluation] = await touchingNuclei();
  const truth = evaluation.map(({ labels }) => labels);
  const reference = score(truth.map(foreground), truth);
  const results = readResults();
  if (results.runs.length > 0)
    console.error(`${results.runs.length} runs are in ${file} already; delete it to start afresh`);
  for (const seed of settings.seeds) {
    for (const w0 of arms) {
      if (results.runs.some((run) => run.seed === seed && run.w0 === w0)) continue;
      const run = await trainAndScore({ seed, w0, training, evaluation });
      results.runs.push(run);
      await writeResults({ ...results, reference });
      const [{ merged, missed, seg, f1 }] = run.scores;
      console.error(
        `seed ${seed}, w0 ${w0}: ${run.seconds} s, loss ${run.loss}, merged ${merged}, missed ${missed}, SEG ${seg}, F1 ${f1}`,
      );
    }
  }
  for (const [index, threshold] of settings.thresholds.entries()) {
    for (const [measure, name] of Object.entries(measures)) {
      const mean = (w0) =>
        average(results.runs.filter((run) => run.w0 === w0).map((run) => run.scores[index][measure]));
      yield {
        case: `${name}, p ≥ ${threshold}`,
        unit: "",
        ours: mean(10),
        peers: { "w0 = 0": mean(0), truth: reference[measure] },
        ratio: mean(10) / mean(0),
        runs: settings.seeds.length,
      };
    }
  }
}

/** The images in which at least two nuclei touch, divided into those to train on and those to evaluate. */
async function touchingNuclei() {
  const workspace = fileURLToPath(new URL("..", import.meta.url));
  const data = `${process.env.UNET_DATA ?? `${workspace}../shared/data`}/dsb2018`;
  if (!existsSync(data)) throw new Error(`${data} is missing: set UNET_DATA to a folder with dsb2018/`);
  const all = await openDataset(`folder:${data}`);
  const samples = await Promise.all(Array.from({ length: all.length }, (_, i) => all.get(i)));
  const touching = subset(
    all,
    samples.flatMap(({ labels }, i) => (hasTouching(labels) ? [i] : [])),
  );
  const [training, heldOut] = split(touching, settings.heldOut);
  console.error(`${training.length} images to train on, ${heldOut.length} to evaluate`);
  return [training, await Promise.all(Array.from({ length: heldOut.length }, (_, i) => heldOut.get(i)))];
}

function hasTouching(labels) {
  const joined = foreground(labels).data;
  const nucleusOf = new Map();
  return labels.data.some((nucleus, i) => {
    if (nucleus <= 0) return false;
    if (!nucleusOf.has(joined[i])) nucleusOf.set(joined[i], nucleus);
    return nucleusOf.get(joined[i]) !== nucleus;
  });
}

/** What is left of the nuclei where only foreground is known: its connected components. */
function foreground({ width, height, data }) {
  return connectedComponents({ width, height, data: data.map((label) => Math.min(label, 1)) });
}

async function trainAndScore({ seed, w0, training, evaluation }) {
  await useBackend({ prefer: [settings.backend] });
  const model = createUNet({ ...settings.model, seed });
  const began = performance.now();
  const { history } = await train({
    model,
    samples: training,
    config: { ...settings.training, w0 },
    seed,
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  const probabilities = [];
  for (const { image } of evaluation) probabilities.push(await predictTiled(image, model));
  model.dispose();
  const { minimumSize } = settings;
  const scores = settings.thresholds.map((threshold) => ({
    threshold,
    ...score(
      probabilities.map((scores) => labelInstances(scores, { threshold, minimumSize })),
      evaluation.map(({ labels }) => labels),
    ),
  }));
  const loss = round(average(history.slice(-100).map((entry) => entry.loss)));
  return { seed, w0, seconds, loss, scores };
}

/**
 * Merged is an object that covers more than half of each of two or more nuclei, missed a nucleus of which none
 * covers more than half, superfluous an object that covers no nucleus so; F1 counts pairs of an IoU above 0.5.
 */
function score(objects, truth) {
  const { score: seg, objects: nuclei } = segMeasure(objects, truth);
  const covered = new Map();
  for (const { image, match } of nuclei) {
    if (match !== undefined) covered.set(`${image}/${match}`, (covered.get(`${image}/${match}`) ?? 0) + 1);
  }
  const found = objects.reduce(
    (sum, { data }) => sum + data.reduce((most, label) => Math.max(most, label), 0),
    0,
  );
  const right = nuclei.filter(({ jaccard }) => jaccard > 0.5).length;
  return {
    nuclei: nuclei.length,
    objects: found,
    merged: [...covered.values()].filter((count) => count > 1).length,
    missed: nuclei.filter(({ match }) => match === undefined).length,
    superfluous: found - covered.size,
    seg: round(seg),
    f1: round((2 * right) / (found + nuclei.length)),
    iou: round(iou(objects, truth)),
  };
}

function readResults() {
  const empty = { settings, runs: [] };
  if (!existsSync(file)) return empty;
  const kept = JSON.parse(readFileSync(file, "utf8"));
  return JSON.stringify(kept.settings) === JSON.stringify(settings) ? kept : empty;
}

async function writeResults(results) {
  mkdirSync(dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify(results, null, 2)}\n`);
}

const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const round = (value) => Number(value.toFixed(4));
