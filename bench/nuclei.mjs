import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { openDataset } from "@unet/datasets";
import { connectedComponents, randomAt } from "@unet/image";
import { instanceScores, otsuThreshold, segMeasure } from "@unet/metrics";
import { dataFolder, evaluate, outFolder, trainOnce, unet } from "./unet.mjs";

export const title =
  "Nuclei (DSB 2018, fluorescence): trained on a sample by the default recipe, all others segmented, objects counted over all";

export const options = {
  /** Images to train on, drawn by `sample`. */
  count: { type: "string", default: "60" },
  sample: { type: "string", default: "2015" },
  minutes: { type: "string", default: "10" },
  seed: { type: "string", default: "0" },
};

/** The settings of the recipe were chosen on so many images after those that are trained on, in the order drawn. */
const chosenOn = 60;

export async function* measure({ count, sample, minutes, seed }) {
  const data = dataFolder("nuclei/fluorescence");
  const names = shuffled(readdirSync(`${data}/images`).sort(), Number(sample));
  const folder = outFolder(`nuclei-${sample}-${count}`);
  const [training, others] = [`${folder}/training`, `${folder}/others`];
  link(data, training, names.slice(0, Number(count)));
  link(data, others, names.slice(Number(count)));

  const run = `${folder}/run-${minutes}-${seed}`;
  const given = ["--data", `folder:${training}`, "--kind", "instances", "--minutes", minutes, "--seed", seed];
  const trained = await trainOnce(run, ...given);
  console.error(`${trained.steps} steps`);
  const found = `${run}-objects`;
  rmSync(found, { recursive: true, force: true });
  await unet("predict", run, `${others}/images`, "--instances", found);

  const truth = `folder:${others}`;
  const fresh = readdirSync(`${others}/images`)
    .sort()
    .flatMap((name, i) => (names.indexOf(name) < Number(count) + chosenOn ? [] : [i]));
  const sets = { "all others": undefined, "those that no setting was chosen on": fresh };
  for (const [what, samples] of Object.entries(sets)) {
    const some = samples ? ["--samples", samples.join(",")] : [];
    const ours = await evaluate(found, truth, "--kind", "instances", "--measures", "f1,seg,ap", ...some);
    const otsu = await otsuScores(await openDataset(truth, { kind: "instances" }), samples);
    for (const [name, measure] of Object.entries({ "F1 at IoU 0.5": "f1", SEG: "seg" })) {
      const peers = { "Otsu's threshold": otsu[measure] };
      yield { case: `${name}, ${what}`, unit: "", ours: ours[measure], peers, runs: 1 };
    }
  }
}

/** The same order for a seed, always (Fisher and Yates). */
function shuffled(names, seed) {
  const random = randomAt(seed, "sample", 0);
  for (let i = names.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [names[i], names[j]] = [names[j], names[i]];
  }
  return names;
}

/** Makes a data set of some of the images, by links. */
function link(data, folder, names) {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["images", "masks"]) {
    mkdirSync(`${folder}/${part}`, { recursive: true });
    for (const name of names) symlinkSync(`${data}/${part}/${name}`, `${folder}/${part}/${name}`);
  }
}

/** What a global threshold and connected components reach. */
async function otsuScores(data, samples = [...Array(data.length).keys()]) {
  const [objects, overlap] = [instanceScores.stream({ thresholds: [0.5] }), segMeasure.stream()];
  for (const index of samples) {
    const { image, labels } = await data.get(index);
    const threshold = otsuThreshold(image);
    const above = Int32Array.from(image.data, (value) => (value > threshold ? 1 : 0));
    const found = connectedComponents({ width: image.width, height: image.height, data: above });
    objects.add(found, labels);
    overlap.add(found, labels);
  }
  return { f1: objects.result().perThreshold[0].f1, seg: overlap.result().score };
}
