import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { syntheticCells, syntheticMembranes } from "@unet/datasets";
import { writeWhole } from "@unet/image/node";
import { segment, taskOf } from "@unet/inference";
import { modelFromBytes, modelToBytes } from "@unet/model";
import { loadRun } from "@unet/training";
import { writeCards } from "./card.mjs";
import { indicesOf, openPart } from "./data.mjs";
import { definitionOf } from "./definitions.mjs";
import { countImages, scoresOf } from "./scores.mjs";

/**
 * Makes a package's network of a run: weights as float16 and the card, which says how it was trained and what it scores.
 *
 * @param {string} name of the network
 * @param {string} run folder of the run, thresholds chosen
 * @param {string} command that made it
 * @param {number} [minutes] that the training took
 */
export async function pack(name, run, command, minutes) {
  const { package: folder, card: said } = definitionOf(name);
  const { name: backend } = await useBackend();
  const model = await loadRun(run);
  const task = taskOf(model);
  const rounded = await modelFromBytes(await modelToBytes(model, { dtype: "float16" }));
  const count = async (part, network) => {
    const samples = await openPart(name, part);
    const onDone = (done) => process.stderr.write(`\r${part} ${done}/${samples.length} `);
    const counts = await countImages(network, samples, task.aim, onDone);
    process.stderr.write("\n");
    return counts;
  };
  const [whole, halved] = [await count("validation", model), await count("validation", rounded)].map(
    (counts) => scoresOf(counts, task.aim),
  );
  const lost = Math.max(...Object.keys(whole).map((measure) => whole[measure].value - halved[measure].value));
  const tested = await count("test", rounded);
  const { training, normalisation, classNames, architecture } = model.getUserDefinedMetadata();
  const { steps, seed } = training;
  const { training: images } = await indicesOf(name);
  const card = {
    name,
    ...said,
    trained: {
      command,
      ...{ images: images.length, steps, ...(minutes && { minutes }), seed, backend },
      machine: `${cpus()[0].model.trim()}, ${availableParallelism()} cores`,
    },
    task,
    network: { parameters: model.countParams(), filters: architecture.filters, depth: architecture.depth },
    scores: {
      images: tested.length,
      of: "images that it was not trained on and nothing was chosen on, by its own thresholds; 95 % intervals over images",
      measures: scoresOf(tested, task.aim),
    },
    float16: { lost: Number(lost.toFixed(4)), of: "the largest loss of a measure on the validation images" },
  };
  // what a user's model needs to know, and the card; the settings of the training are in the recipe
  rounded.setUserDefinedMetadata({
    ...{ formatVersion: 1, architecture, normalisation, classNames, task },
    // in `training`, so that it is gone when the model is trained further
    training: { steps, seed, samples: images.length, config: { rims: training.config.rims }, card },
  });
  const bytes = await modelToBytes(rounded, { dtype: "float16" });
  const checksum = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const root = fileURLToPath(new URL(`../packages/${folder}`, import.meta.url));
  const weights = `${root}/weights/${name}.bin`;
  mkdirSync(dirname(weights), { recursive: true });
  await writeWhole(weights, bytes);
  await writeCards(root, { ...card, file: { bytes: bytes.length, checksum } });
  await writeExample(name, task.aim, rounded);
  console.log(`packages/${folder}/weights/${name}.bin  ${(bytes.length / 1e6).toFixed(2)} MB`);
  for (const [measure, { value, low, high }] of Object.entries(card.scores.measures))
    console.log(`${measure.padEnd(16)} ${value.toFixed(3)}  (${low.toFixed(3)} to ${high.toFixed(3)})`);
  console.log(`float16 costs ${card.float16.lost} at most`);
  for (const each of [model, rounded]) each.dispose();
}

/** An image of numbers alone for each aim, by which tests compare what Node and a page find. */
const examples = {
  instances: {
    kind: "cells",
    options: { count: 1, width: 200, height: 160, seed: 7, style: "fluorescence", diameter: [14, 26] },
  },
  membranes: { kind: "membranes", options: { count: 1, width: 128, height: 96, seed: 7 } },
};

/** Writes what the network finds in its example: numbers of pixels in a row and their label, by turns. */
async function writeExample(name, aim, model) {
  const { kind, options } = examples[aim];
  const samples = kind === "cells" ? syntheticCells(options) : syntheticMembranes(options);
  const { labels, table } = await segment((await samples.get(0)).image, model);
  const runs = [];
  for (let i = 0; i < labels.data.length; ) {
    const start = i;
    while (i < labels.data.length && labels.data[i] === labels.data[start]) i++;
    runs.push(i - start, labels.data[start]);
  }
  const file = fileURLToPath(new URL(`../packages/networks/test/fixtures/${name}.json`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify({ kind, options, objects: table.length, runs })}\n`);
}
