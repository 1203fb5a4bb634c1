import { dataFolder, median, membraneNames, membraneScores, outFolder, trainOnce } from "./unet.mjs";

export const title =
  "ISBI 2012 EM by the default recipe: the median of several seeds (our slices, not the challenge's hidden test set)";

/** By default short runs, scored on slices 15-17; docs/accuracy.md has the flags of the long one, scored on 18-23. */
export const options = {
  minutes: { type: "string", default: "5" },
  seeds: { type: "string", default: "0,1,2" },
  /** Slices that are trained on, that the settings are chosen on, and that the numbers are of. */
  samples: { type: "string", default: "0-11" },
  validation: { type: "string", default: "12-14" },
  scored: { type: "string", default: "15-17" },
};

/**
 * What PyTorch 2.15 reached on slices 18-23 with the paper's recipe in 45 minutes on 2 cores: 16 filters, tiles of 572²,
 * trained on 0-17, the mean of 8 symmetries.
 */
const pytorch = {
  vrand: { "PyTorch SGD": 0.924, "PyTorch AdamW": 0.891 },
  vinfo: { "PyTorch SGD": 0.957, "PyTorch AdamW": 0.956 },
  wrong: { "PyTorch SGD": 0.082, "PyTorch AdamW": 0.076 },
};

export async function* measure({ minutes, seeds, samples, validation, scored }) {
  const data = `isbi2012:${dataFolder("isbi2012")}`;
  const runs = [];
  for (const seed of seeds.split(",")) {
    const out = outFolder(`isbi-${minutes}-${samples}-${seed}`);
    const slices = ["--samples", samples, "--validation", validation];
    const { steps } = await trainOnce(out, "--data", data, ...slices, "--minutes", minutes, "--seed", seed);
    const found = await membraneScores(out, data, scored);
    runs.push({ steps, ...found });
    yield* Object.entries(membraneNames).map(([measure, name]) =>
      rowOf(`seed ${seed}, ${steps} steps: ${name}`, measure, [runs.at(-1)], scored),
    );
  }
  if (runs.length > 1)
    yield* Object.entries(membraneNames).map(([measure, name]) =>
      rowOf(`median: ${name}`, measure, runs, scored),
    );
}

function rowOf(what, measure, runs, scored) {
  const ours = median(runs.map((run) => run[measure]));
  const peers = scored === "18-23" ? pytorch[measure] : {};
  return { case: what, unit: "", ours, peers, runs: runs.length };
}
