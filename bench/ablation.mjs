import { mkdirSync, writeFileSync } from "node:fs";
import { dataFolder, membraneNames, membraneScores, outFolder, trainOnce } from "./unet.mjs";

export const title =
  "What holds accuracy back: ISBI 2012 EM, trained on slices 0-14, scored on 15-17; slices 18-23 are not read";

export const options = { seed: { type: "string", default: "0" } };

const paper = { recipe: "paper", model: { filters: 16 } };
const normalised = { ...paper, model: { filters: 16, batchNormalisation: true } };
const adamw = { optimizer: "adamw", weightDecay: 1e-2 };
const bilinear = { augmentation: { interpolation: "bilinear" } };

/** What `--config` says of each variant, over its recipe; each takes some 5 minutes on 2 cores with AVX-512. */
const variants = {
  "paper's recipe": { ...paper, training: { steps: 760, schedule: "cosine", ...bilinear } },
  "batch normalisation": { ...normalised, training: { steps: 660, schedule: "cosine", ...bilinear } },
  "batch normalisation, AdamW": {
    ...normalised,
    training: { steps: 660, schedule: "cosine", ...adamw, ...bilinear },
  },
  "padded 256²": { recipe: "membranes", training: { steps: 1540, ...bilinear } },
  "the same, bicubic tiles: membranes": { recipe: "membranes", training: { steps: 1540 } },
  "the same, no border weights": { recipe: "membranes", training: { steps: 1540, w0: 0 } },
  "the same, average of weights": { recipe: "membranes", training: { steps: 1540, average: 0.99 } },
  "the same, padded 128²": { recipe: "membranes", training: { steps: 5000, tileSize: 128 } },
  "the same, 32 filters": { recipe: "membranes", model: { filters: 32 }, training: { steps: 660 } },
};

export async function* measure({ seed }) {
  const data = `isbi2012:${dataFolder("isbi2012")}`;
  mkdirSync(outFolder("ablation"), { recursive: true });
  for (const [index, [name, config]] of Object.entries(variants).entries()) {
    const out = outFolder(`ablation/${index}-${seed}`);
    writeFileSync(`${out}.json`, JSON.stringify(config));
    const slices = ["--samples", "0-14", "--validation", "none"];
    await trainOnce(out, "--config", `${out}.json`, "--data", data, ...slices, "--seed", seed);
    const scores = await membraneScores(out, data, "15-17", "--tta");
    for (const [measure, title] of Object.entries(membraneNames))
      yield { case: `${name}: ${title}`, unit: "", ours: scores[measure], peers: {}, runs: 1 };
  }
}
