import { pasteObjects } from "@unet/augmentation";
import { openDataset, subset } from "@unet/datasets";
import { labelInstances } from "@unet/inference";
import { ultrametricContours } from "@unet/inference/instances";
import { rimMap } from "@unet/loss/weight-map";
import { iou, segMeasure } from "@unet/metrics";
import {
  all,
  dataFolder,
  Results,
  range,
  round,
  scoresOf,
  settingsOf,
  summaryOf,
  trainingFlags,
  trainOnce,
} from "./real-images.mjs";

export const title =
  "PhC-C2DH-U373, sequence 02: trained on frames 0-29, SEG on the gold frames of 30-59 (the same cells are in both)";

export const options = {
  ...trainingFlags,
  /** More of `train`'s config; by default cells are also scaled, and deformed more than the paper's. */
  training: {
    type: "string",
    default: '{"augmentation":{"interpolation":"bicubic","scaling":0.25,"elastic":{"sigma":16}}}',
  },
  /**
   * Frames before 30 that are only used to choose how objects are made of scores; with `none` all are trained on, and
   * `choice` names the earlier run whose choice is taken.
   */
  validation: { type: "string", default: "none" },
  choice: { type: "string", default: "run 5" },
  /** Times that each training frame is seen with cells of others pasted onto its own, beside once as it is. */
  pasted: { type: "string", default: "3" },
  /** Width of the band along the border, px, in which the challenge leaves cells without annotation. */
  border: { type: "string", default: "50" },
  /** Width of the rims that are a class of their own, px; 0: two classes, and border weights between cells. */
  rim: { type: "string", default: "12" },
};

/**
 * What objects may be made of scores with; the best on the validation frames is taken. Joined ones are split by a
 * watershed, or along contours between them.
 */
const splits = [
  ...[false, { depth: 2 }, { depth: 4 }, { depth: 8 }, { depth: 12 }].map((watershed) => ({ watershed })),
  ...[0.1, 0.2, 0.4].map((depth) => ({ watershed: { on: "scores", depth } })),
  ...[2, 4].flatMap((smoothing) => [0.05, 0.1].map((depth) => ({ contours: { smoothing, depth } }))),
];
const choices = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99].flatMap((threshold) =>
  splits.map((split) => ({ threshold, minimumSize: 400, fillHoles: true, ...split })),
);

export async function* measure(flags) {
  const results = new Results("u373");
  const [pasted, border, rim] = [flags.pasted, flags.border, flags.rim].map(
    (flag) => Number(flag) || undefined,
  );
  const common = settingsOf(flags, { minutes: 30, steps: 12500 });
  const model = { ...common.model, ...(rim && { classes: 3 }) };
  const training = { ...common.training, ...(rim && { w0: 0 }) };
  const { validation } = flags;
  const choice = validation === "none" ? flags.choice : undefined;
  const settings = { ...common, model, training, validation, choice, pasted, border, rim };
  const run = results.find(settings) ?? results.add(await trainAndScore(settings, results));
  const { threshold, ...split } = run.chosen;
  console.error(`${run.steps} steps in ${run.trainingSeconds} s; all results are in ${results.file}`);
  console.error(`${run.note}\np > ${threshold}, ${nameOf(split)}`);
  const { evaluation, silver } = run;
  const peers = { "silver truth": silver, "paper, hidden IoU": 0.9203 };
  yield { case: "SEG", unit: "", ours: evaluation.seg, peers, runs: 1 };
  yield { case: "IoU of the foreground", unit: "", ours: evaluation.iou, peers: {}, runs: 1 };
}

function nameOf({ watershed, contours }) {
  if (contours) return `split along contours of ${JSON.stringify(contours)}`;
  if (!watershed) return "not split";
  const { on, depth } = watershed;
  return `split where ${on === "scores" ? `scores fall by ${depth}` : `${depth} px narrower`}`;
}

async function trainAndScore(settings, results) {
  const began = performance.now();
  const { pasted, border, rim, seed } = settings;
  const spec = `ctc:${dataFolder("ctc/PhC-C2DH-U373")}:02`;
  const [both, inner, silver, gold] = await Promise.all(
    [{ truth: "both" }, { truth: "both", border }, { truth: "silver" }, { truth: "gold" }].map((truth) =>
      openDataset(spec, truth),
    ),
  );
  const held = settings.validation === "none" ? [] : settings.validation.split(",").flatMap(range);
  const plain = framesOf(inner, (frame) => frame < 30 && !held.includes(frame));
  const samples = withRims(withPasted(plain, { pasted, seed }), rim);
  const earlier = held.length === 0 ? results.named(settings.choice) : undefined;
  const trained = await trainOnce("u373", settings, { samples });
  const { model } = trained;
  const validated = withPasted(
    framesOf(both, (frame) => held.includes(frame)),
    { pasted: 1, seed },
  );
  const { chosen, validation } = earlier ?? (await choose(model, validated));
  const evaluated = framesOf(gold, (frame) => frame >= 30);
  const truth = await all(evaluated);
  const evaluation = (await segment(model, truth))(chosen);
  const programs = await all(framesOf(silver, (frame) => evaluated.names.map(frameOf).includes(frame)));
  const [agreed, drawn] = [programs, truth].map((samples) => samples.map(({ labels }) => labels));
  model.dispose();
  return {
    settings,
    note: `trained on ${plain.length} of frames 0-29, with gold truth where there is any, else silver; evaluated on ${evaluated.length} gold frames of the same sequence, later in time, which show the same cells`,
    ...summaryOf(trained),
    seconds: round((performance.now() - began) / 1000, 0),
    chosen,
    validation,
    evaluation,
    silver: round(segMeasure(agreed, drawn).score),
  };
}

/** What objects are best made of scores with, on samples that weren't trained on, and the SEG that it gives there. */
async function choose(model, samples) {
  const score = await segment(model, await all(samples));
  const tried = choices.map((chosen) => ({ chosen, validation: score(chosen).seg }));
  return tried.reduce((best, each) => (each.validation > best.validation ? each : best));
}

/** The samples as they are, then `pasted` times with cells pasted onto theirs. */
function withPasted(samples, { pasted = 0, seed }) {
  const donors = all(samples);
  return {
    length: samples.length * (1 + pasted),
    source: { ...samples.source, ...(pasted && { pasted }) },
    async get(index) {
      const sample = await samples.get(index % samples.length);
      return index < samples.length ? sample : pasteObjects(sample, await donors, { seed, index });
    },
  };
}

/** The samples with interiors and rims as classes, or as they are where there are to be no rims. */
function withRims(samples, rim) {
  if (!rim) return samples;
  return {
    length: samples.length,
    source: { ...samples.source, rim },
    async get(index) {
      const sample = await samples.get(index);
      return { ...sample, kind: "classes", labels: rimMap(sample.labels, { width: rim }) };
    },
  };
}

/** Scores of cells: p of two classes; of three 2 · p(interior) + p(rim), 0 to 2, which sinks to 1 between cells. */
function cellScores({ width, height, channels, data }) {
  const of = (i, channel) => data[channels * i + channel];
  const score = (_, i) => (channels === 3 ? 2 * of(i, 1) + of(i, 2) : of(i, 1));
  return { width, height, channels: 1, data: new Float32Array(width * height).map(score) };
}

/** Scores the frames once, and answers what they are worth with one of {@link choices}. */
async function segment(model, samples) {
  const truth = samples.map(({ labels }) => labels);
  const images = samples.map(({ image }) => image);
  const probabilities = await scoresOf(model, images);
  const scores = probabilities.map(cellScores);
  const top = probabilities[0].channels - 1;
  const cut = new Map([[undefined, scores]]);
  return ({ contours, ...choice }) => {
    if (!cut.has(contours))
      cut.set(
        contours,
        scores.map((each) => cutAlong(each, top, contours)),
      );
    const objects = cut.get(contours).map((each) => labelInstances(each, { ...choice, channel: 0 }));
    return { seg: round(segMeasure(objects, truth).score), iou: round(iou(objects, truth)) };
  };
}

/** The scores, 0 to `top`, with 0 along contours where the mean score is below 0.7 · `top`. */
function cutAlong({ data, ...size }, top, contours) {
  const shares = { ...size, data: data.map((score) => score / top) };
  const means = ultrametricContours(shares, { ...contours, channel: 0 }).data;
  return { ...size, data: data.map((score, i) => (means[i] < 0.7 ? 0 : score)) };
}

function framesOf(data, wanted) {
  const chosen = data.names.flatMap((name, i) => (wanted(frameOf(name)) ? [i] : []));
  return subset(data, chosen);
}

function frameOf(name) {
  return Number(/t(\d+)\.tif$/.exec(name)[1]);
}
