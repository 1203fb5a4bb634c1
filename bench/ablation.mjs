import { openDataset, subset } from "@unet/datasets";
import {
  dataFolder,
  membraneScores,
  Results,
  range,
  scoresAndTruth,
  settingsOf,
  summaryOf,
  trainingFlags,
  trainOnce,
} from "./real-images.mjs";

export const title =
  "What holds accuracy back: ISBI 2012 EM, trained on slices 0-14, validated on 15-17; slices 18-23 are not read";

/** With `--name` one variant of your own, which the training flags describe; without, all of {@link variants}. */
export const options = { ...trainingFlags, name: { type: "string" } };

const sgd = { recipe: "paper", training: '{"schedule":"cosine"}' };
const adamw = '{"optimizer":"adamw","weightDecay":1e-2,"schedule":"cosine"}';

/** Flags of each variant; each takes some 5 minutes on 2 cores. */
const variants = {
  "paper's recipe": { ...sgd, steps: "760" },
  "batch normalisation": { ...sgd, steps: "660", model: '{"batchNormalisation":true}' },
  "batch normalisation, AdamW": {
    ...{ recipe: "paper", steps: "660", model: '{"batchNormalisation":true}', training: adamw },
  },
  "batch normalisation, AdamW, padded 256²": { recipe: "adamw", steps: "1540" },
  "the same, bicubic tiles": { recipe: "bicubic", steps: "1540" },
  "the same, no border weights": { recipe: "adamw", steps: "1540", training: '{"w0":0}' },
  "the same, average of weights": { recipe: "adamw", steps: "1540", training: '{"average":0.99}' },
  "the same, padded 128²": { recipe: "adamw", steps: "5000", tile: "128" },
  "the same, 32 filters": { recipe: "adamw", steps: "660", filters: "32" },
};

export async function* measure({ name, ...flags }) {
  const results = new Results("ablation");
  const asked = name ? { [name]: flags } : variants;
  for (const [name, own] of Object.entries(asked)) {
    const settings = { name, ...settingsOf({ ...flags, ...own }, {}) };
    const run = results.find(settings) ?? (await results.add(await trainAndScore(settings)));
    for (const [measure, { best, threshold }] of Object.entries(run.validation))
      yield {
        case: `${name}: ${measure} (p > ${threshold})`,
        ...{ unit: "", ours: best, peers: {}, runs: 1 },
      };
  }
}

async function trainAndScore(settings) {
  const data = await openDataset(`isbi2012:${dataFolder("isbi2012")}`);
  const trained = await trainOnce("ablation", settings, { samples: subset(data, range("0-14")) });
  const validation = membraneScores(...(await scoresAndTruth(trained.model, subset(data, range("15-17")))));
  trained.model.dispose();
  return { settings, ...summaryOf(trained), validation };
}
