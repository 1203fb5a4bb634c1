import { openDataset, subset } from "@unet/datasets";
import {
  all,
  dataFolder,
  membraneScores,
  Results,
  range,
  scoresOf,
  settingsOf,
  summaryOf,
  trainingFlags,
  trainOnce,
} from "./real-images.mjs";

export const title =
  "What holds accuracy back: ISBI 2012 EM, trained on slices 0-14, validated on 15-17; slices 18-23 are not read";

/** With `--name` one variant of your own, which the training flags describe; without, all of {@link variants}. */
export const options = { ...trainingFlags, name: { type: "string" } };

/** Flags of each variant; each takes some 5 minutes on 2 cores. */
const variants = {
  "paper's recipe": { steps: "760", training: '{"schedule":"cosine"}' },
  "batch normalisation": {
    steps: "660",
    model: '{"batchNormalisation":true}',
    training: '{"schedule":"cosine"}',
  },
  "batch normalisation, AdamW": { recipe: "adamw", steps: "660", model: '{"batchNormalisation":true}' },
  "batch normalisation, AdamW, padded 256²": {
    recipe: "adamw",
    steps: "1540",
    tile: "256",
    model: '{"batchNormalisation":true,"padding":"same"}',
  },
};

export async function* measure({ name, ...flags }) {
  const results = new Results("ablation");
  const asked = name ? { [name]: flags } : variants;
  for (const [name, own] of Object.entries(asked)) {
    const settings = { name, ...settingsOf({ ...flags, ...own }, {}) };
    const run = results.find(settings) ?? results.add(await trainAndScore(settings));
    for (const [measure, { best, threshold }] of Object.entries(run.validation))
      yield { case: `${name}: ${measure} (p > ${threshold})`, unit: "", ours: best, peers: {}, runs: 1 };
  }
}

async function trainAndScore(settings) {
  const data = await openDataset(`isbi2012:${dataFolder("isbi2012")}`);
  const trained = await trainOnce("ablation", settings, { samples: subset(data, range("0-14")) });
  const held = await all(subset(data, range("15-17")));
  const scores = await scoresOf(
    trained.model,
    held.map(({ image }) => image),
  );
  trained.model.dispose();
  const truth = held.map(({ labels }) => labels);
  return { settings, ...summaryOf(trained), validation: membraneScores(scores, truth) };
}
