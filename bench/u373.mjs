import { pasteObjects } from "@unet/augmentation";
import { openDataset, subset } from "@unet/datasets";
import { labelInstances } from "@unet/inference";
import { iou, segMeasure } from "@unet/metrics";
import {
  all,
  dataFolder,
  Results,
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
  /** Frames before 30 that are only used to choose how objects are made of scores. */
  validation: { type: "string", default: "0,5,10,15,20,25" },
  /** Times that each training frame is seen with cells of others pasted onto its own, beside once as it is. */
  pasted: { type: "string", default: "3" },
};

/** What objects may be made of scores with; the best on the validation frames is taken. */
const choices = [0.5, 0.6, 0.7, 0.8, 0.9].flatMap((threshold) =>
  [true, false].flatMap((fillHoles) =>
    [false, 2, 4, 8, 12].map((depth) => ({
      ...{ threshold, minimumSize: 400, fillHoles },
      watershed: depth && { depth },
    })),
  ),
);

export async function* measure(flags) {
  const results = new Results("u373");
  const settings = {
    ...settingsOf(flags, { minutes: 30, steps: 7600 }),
    validation: flags.validation,
    pasted: Number(flags.pasted) || undefined,
  };
  const run = results.find(settings) ?? results.add(await trainAndScore(settings));
  const { threshold, watershed } = run.chosen;
  console.error(`${run.steps} steps in ${run.trainingSeconds} s; all results are in ${results.file}`);
  const split = watershed ? `split where ${watershed.depth} px wider on both sides` : "not split";
  console.error(`${run.note}\np > ${threshold}, ${split}`);
  const { evaluation } = run;
  yield { case: "SEG", unit: "", ours: evaluation.seg, peers: { "paper, hidden IoU": 0.9203 }, runs: 1 };
  yield { case: "IoU of the foreground", unit: "", ours: evaluation.iou, peers: {}, runs: 1 };
}

async function trainAndScore(settings) {
  const began = performance.now();
  const spec = `ctc:${dataFolder("ctc/PhC-C2DH-U373")}:02`;
  const [both, gold] = await Promise.all(["both", "gold"].map((truth) => openDataset(spec, { truth })));
  const held = settings.validation.split(",").map(Number);
  const plain = framesOf(both, (frame) => frame < 30 && !held.includes(frame));
  const samples = withPasted(plain, settings);
  const validation = withPasted(
    framesOf(both, (frame) => held.includes(frame)),
    { pasted: settings.pasted && 1, seed: settings.seed },
  );
  const trained = await trainOnce("u373", settings, { samples, validation });
  const { model } = trained;
  const scoredValidation = await segment(model, await all(validation));
  const scored = choices.map((choice) => ({ choice, seg: scoredValidation(choice).seg }));
  const { choice: chosen, seg } = scored.reduce((best, at) => (at.seg > best.seg ? at : best));
  const evaluated = framesOf(gold, (frame) => frame >= 30);
  const evaluation = (await segment(model, await all(evaluated)))(chosen);
  model.dispose();
  return {
    settings,
    note: `trained on ${plain.length} of frames 0-29, with gold truth where there is any, else silver; evaluated on ${evaluated.length} gold frames of the same sequence, later in time, which show the same cells`,
    ...summaryOf(trained),
    seconds: round((performance.now() - began) / 1000, 0),
    chosen,
    validation: seg,
    evaluation,
  };
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

/** Scores the frames once, and answers what they are worth with one of {@link choices}. */
async function segment(model, samples) {
  const truth = samples.map(({ labels }) => labels);
  const scores = await scoresOf(
    model,
    samples.map(({ image }) => image),
  );
  return (choice) => {
    const objects = scores.map((each) => labelInstances(each, choice));
    return { seg: round(segMeasure(objects, truth).score), iou: round(iou(objects, truth)) };
  };
}

function framesOf(data, wanted) {
  const frames = data.names.map((name) => Number(/t(\d+)\.tif$/.exec(name)[1]));
  return subset(
    data,
    frames.flatMap((frame, i) => (wanted(frame) ? [i] : [])),
  );
}
