import { pasteObjects } from "@unet/augmentation";
import { openDataset, subset } from "@unet/datasets";
import { trackInstances } from "@unet/inference/instances";
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
import { halveLabels, resize } from "./resize.mjs";

export const title =
  "PhC-C2DH-U373, sequence 02: trained on frames 0-29, SEG on the gold frames of 30-59 (the same cells are in both)";

export const options = {
  ...trainingFlags,
  tile: { type: "string", default: "192" },
  /** More of `train`'s config; by default cells are also scaled, and deformed more than the paper's. */
  training: {
    type: "string",
    default:
      '{"classWeights":[1,1,1,1],"w0":0,"augmentation":{"interpolation":"bicubic","scaling":0.25,"elastic":{"sigma":8}}}',
  },
  /**
   * Frames before 30, one after the other, that are only used to choose the threshold, by gold truth if they have any;
   * with `none` all are trained on, and `choice` names the earlier run whose choice is taken.
   */
  validation: { type: "string", default: "none" },
  choice: { type: "string", default: "run 13" },
  /** An earlier run whose network is taken: nothing is trained then. */
  network: { type: "string" },
  /** Times that each training frame is seen with cells of others pasted onto its own, beside once as it is. */
  pasted: { type: "string", default: "3" },
  /** Width of the band along the border, px, in which the challenge leaves cells without annotation. */
  border: { type: "string", default: "50" },
  /** Widths of the rims that are classes of their own, px. */
  rims: { type: "string", default: "4,12" },
  /**
   * 2: the network sees frames at half their size, in whose pixels `tile` and the deformation are given then, and
   * scores are brought back to the whole; 1: it sees them as they are.
   */
  factor: { type: "string", default: "2" },
};

/** Scores from which on a pixel is cell; the best on the validation frames is taken. */
const thresholds = range("2-12").map((k) => round(k / 20));

export async function* measure(flags) {
  const results = new Results("u373");
  const [pasted, border, factor] = [flags.pasted, flags.border, flags.factor].map(Number);
  if (factor !== 1 && factor !== 2) throw new Error(`--factor is 1 or 2, got ${flags.factor}`);
  const rims = flags.rims.split(",").map(Number);
  const common = settingsOf(flags, { minutes: 30, steps: 14000 });
  const model = { ...common.model, classes: 2 + rims.length };
  const { validation, network } = flags;
  const choice = validation === "none" ? flags.choice : undefined;
  const trained = { ...common, model, validation, pasted, border, rims, factor };
  const settings = { ...(network ? { network } : trained), choice };
  const run = results.find(settings) ?? (await results.add(await trainAndScore(settings, results)));
  const made = network ? `The network of ${network}` : `${run.steps} steps in ${run.trainingSeconds} s`;
  console.error(`${made}; all results are in ${results.file}`);
  console.error(`${run.note}\nscores from ${run.chosen.threshold} on`);
  const { evaluation, best, silver } = run;
  const peers = { "silver truth": silver, "paper, hidden IoU": 0.9203 };
  yield { case: "SEG", unit: "", ours: evaluation.seg, peers, runs: 1 };
  if (best)
    yield { case: `SEG, best threshold (${best.threshold})`, unit: "", ours: best.seg, peers, runs: 1 };
  yield { case: "IoU of the foreground", unit: "", ours: evaluation.iou, peers: {}, runs: 1 };
}

async function trainAndScore(settings, results) {
  const began = performance.now();
  const trainedBy = settings.network ? results.named(settings.network).settings : settings;
  const { pasted, border, rims, seed, factor = 1 } = trainedBy;
  const spec = `ctc:${dataFolder("ctc/PhC-C2DH-U373")}:02`;
  const [both, inner, silver, gold] = await Promise.all(
    [{ truth: "both" }, { truth: "both", border }, { truth: "silver" }, { truth: "gold" }].map((truth) =>
      openDataset(spec, truth),
    ),
  );
  const held = trainedBy.validation === "none" ? [] : range(trainedBy.validation);
  const plain = framesOf(inner, (frame) => frame < 30 && !held.includes(frame));
  const seen = factor === 1 ? plain : halved(plain);
  const widths = rims.map((width) => width / factor);
  const samples = withRims(withPasted(seen, { pasted, seed }), widths);
  const earlier = settings.choice ? results.named(settings.choice) : undefined;
  const trained = await trainOnce("u373", trainedBy, { samples });
  const { model } = trained;
  const judge = held.some((frame) => indexOf(gold, frame) >= 0) ? gold : both;
  // from a frame that was trained on: the one before them, or, where there is none, back in time from the one after
  const order = held.includes(0) ? held.toReversed() : held;
  const common = { frames: silver, start: both, factor };
  const validated = { ...common, order, truth: judge };
  const { chosen, validation } = earlier ?? (await chosenBy(await follow(model, validated)));
  const score = await follow(model, { ...common, order: range("30-59"), truth: gold });
  const evaluation = await score(chosen);
  const best = await bestOf(score);
  model.dispose();
  const drawn = await all(framesOf(gold, (frame) => frame >= 30));
  const goldFrames = drawn.map(({ name }) => frameOf(name));
  const programs = await all(framesOf(silver, (frame) => goldFrames.includes(frame)));
  const [agreed, truth] = [programs, drawn].map((samples) => samples.map(({ labels }) => labels));
  return {
    settings,
    note: `trained on ${plain.length} of frames 0-29, with gold truth where there is any, else silver; tracked from the truth of frame 29 on; evaluated on ${drawn.length} gold frames of the same sequence, later in time, which show the same cells`,
    ...(settings.network ? {} : summaryOf(trained)),
    seconds: round((performance.now() - began) / 1000, 0),
    chosen,
    validation,
    evaluation,
    best,
    silver: round(segMeasure(agreed, truth).score),
  };
}

/** What is chosen on frames that weren't trained on, and their SEG. */
async function chosenBy(score) {
  const { threshold, seg } = await bestOf(score);
  return { chosen: { threshold }, validation: seg };
}

/** The threshold that gives the highest SEG, and that SEG. */
async function bestOf(score) {
  let best;
  for (const threshold of thresholds) {
    const { seg } = await score({ threshold });
    console.error(`  scores from ${threshold} on: SEG ${seg}`);
    if (!best || seg > best.seg) best = { threshold, seg };
  }
  return best;
}

/** The samples at half their size. */
function halved(samples) {
  return mapped(samples, { factor: 2 }, ({ image, labels, ...sample }) => {
    const half = halveLabels(labels);
    return { ...sample, image: resize(image, half), labels: half };
  });
}

/** The samples as they are, then `pasted` times with cells pasted onto theirs. */
function withPasted(samples, { pasted, seed }) {
  const donors = all(samples);
  return {
    length: samples.length * (1 + pasted),
    source: { ...samples.source, pasted },
    async get(index) {
      const sample = await samples.get(index % samples.length);
      return index < samples.length ? sample : pasteObjects(sample, await donors, { seed, index });
    },
  };
}

/** The samples with interiors and rims as classes. */
function withRims(samples, rims) {
  return mapped(samples, { rims }, (sample) => ({
    ...sample,
    kind: "classes",
    labels: rimMap(sample.labels, { width: rims }),
  }));
}

/** The samples, each changed; `made` says how, beside where they are from. */
function mapped({ length, source, get }, made, change) {
  return { length, source: { ...source, ...made }, get: async (index) => change(await get(index)) };
}

/** Scores of cells that fall towards their borders: 1 in interiors, ½ in the narrowest rim, and evenly between. */
function cellScores({ width, height, channels, data }) {
  const weights = Array.from({ length: channels - 1 }, (_, k) => 1 - k / (2 * (channels - 2)));
  const score = (_, i) => weights.reduce((sum, weight, k) => sum + weight * data[channels * i + 1 + k], 0);
  return { width, height, channels: 1, data: new Float32Array(width * height).map(score) };
}

/**
 * Scores frames in this order once, and answers what tracking them from the truth of the frame before is worth at
 * a threshold, by the frames that have a truth.
 */
async function follow(model, { frames, order, start, truth, factor }) {
  const images = [];
  for (const frame of order) images.push((await frames.get(indexOf(frames, frame))).image);
  const seen = images.map((image) =>
    resize(image, { width: image.width / factor, height: image.height / factor }),
  );
  const scores = (await scoresOf(model, seen)).map((each, i) => cellScores(resize(each, images[i])));
  const before = order[0] + (order[0] > order.at(-1) ? 1 : -1);
  const { labels } = await start.get(indexOf(start, before));
  return async ({ threshold }) => {
    const options = { start: labels, channel: 0, threshold, minimumSize: 400, fillHoles: true };
    const [found, expected] = [[], []];
    let next = 0;
    for await (const objects of trackInstances(scores, options)) {
      const index = indexOf(truth, order[next++]);
      if (index < 0) continue;
      found.push(objects);
      expected.push((await truth.get(index)).labels);
    }
    return { seg: round(segMeasure(found, expected).score), iou: round(iou(found, expected)) };
  };
}

function indexOf(data, frame) {
  return data.names.findIndex((name) => frameOf(name) === frame);
}

function framesOf(data, wanted) {
  const chosen = data.names.flatMap((name, i) => (wanted(frameOf(name)) ? [i] : []));
  return subset(data, chosen);
}

function frameOf(name) {
  return Number(/t(\d+)\.tif$/.exec(name)[1]);
}
