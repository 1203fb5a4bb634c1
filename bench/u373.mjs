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
  /** Frames before 30 from which on all are only used to choose how objects are made of scores. */
  validation: { type: "string", default: "25" },
};

/** What objects may be made of scores with; the best on the validation frames is taken. */
const choices = [0.5, 0.6, 0.7, 0.8, 0.9].flatMap((threshold) =>
  [0, 100, 400].map((minimumSize) => ({ threshold, minimumSize, fillHoles: true })),
);

export async function* measure(flags) {
  const results = new Results("u373");
  const settings = {
    ...settingsOf(flags, { minutes: 30, steps: 7600 }),
    validation: Number(flags.validation),
  };
  const run = results.find(settings) ?? results.add(await trainAndScore(settings));
  const { threshold, minimumSize } = run.chosen;
  console.error(`${run.steps} steps in ${run.trainingSeconds} s; all results are in ${results.file}`);
  console.error(`${run.note}\np > ${threshold}, objects of ${minimumSize} px or more, holes filled`);
  const { evaluation } = run;
  yield { case: "SEG", unit: "", ours: evaluation.seg, peers: { "paper, hidden IoU": 0.9203 }, runs: 1 };
  yield { case: "IoU of the foreground", unit: "", ours: evaluation.iou, peers: {}, runs: 1 };
}

async function trainAndScore(settings) {
  const began = performance.now();
  const spec = `ctc:${dataFolder("ctc/PhC-C2DH-U373")}:02`;
  const [both, gold] = await Promise.all(["both", "gold"].map((truth) => openDataset(spec, { truth })));
  const samples = framesOf(both, 0, settings.validation - 1);
  const validation = framesOf(both, settings.validation, 29);
  const trained = await trainOnce("u373", settings, { samples, validation });
  const { model } = trained;
  const scoredValidation = await segment(model, await all(validation));
  const scored = choices.map((choice) => ({ choice, seg: scoredValidation(choice).seg }));
  const { choice: chosen, seg } = scored.reduce((best, at) => (at.seg > best.seg ? at : best));
  const evaluated = framesOf(gold, 30, 59);
  const evaluation = (await segment(model, await all(evaluated)))(chosen);
  model.dispose();
  return {
    settings,
    note: `trained on frames 0-${settings.validation - 1} with gold truth where there is any, else silver; evaluated on ${evaluated.length} gold frames of the same sequence, later in time, which show the same cells`,
    ...summaryOf(trained),
    seconds: round((performance.now() - began) / 1000, 0),
    chosen,
    validation: seg,
    evaluation,
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

function framesOf(data, first, last) {
  const frames = data.names.map((name) => Number(/t(\d+)\.tif$/.exec(name)[1]));
  return subset(
    data,
    frames.flatMap((frame, i) => (frame >= first && frame <= last ? [i] : [])),
  );
}
