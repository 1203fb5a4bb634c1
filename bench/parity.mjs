import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { openDataset, subset } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { Optimizer, prepareSamples, trainingStep, trainingTiles } from "@unet/training";
import { dataFolder } from "./unet.mjs";

export const title =
  "The loss of 50 steps beside PyTorch's: real slices, same initial weights, momentum 0.99, no augmentation or dropout";

export const options = {
  backend: { type: "string", default: "tensorflow" },
  filters: { type: "string", default: "16" },
  rate: { type: "string", default: "1e-3" },
  tile: { type: "string", default: "572" },
  steps: { type: "string", default: "50" },
};

/** Debian's python3-torch is in the Python of the system. */
const python = process.env.UNET_PYTHON ?? "/usr/bin/python3";

export async function* measure({ backend, filters, rate, tile, steps }) {
  await useBackend({ prefer: [backend] });
  const recipe = {
    depth: 4,
    momentum: 0.99,
    rate: Number(rate),
    steps: Number(steps),
    inputSize: Number(tile),
  };
  const model = createUNet({ filters: Number(filters), depth: recipe.depth, dropout: 0, seed: 1 });
  const folder = mkdtempSync(join(tmpdir(), "unet-parity-"));
  try {
    const variables = model.trainableWeights.map((weight) => weight.read());
    recipe.outputSize = recipe.inputSize - 184;
    recipe.shapes = Object.fromEntries(variables.map(({ name, shape }) => [name, shape]));
    for (const variable of variables)
      write(folder, `${variable.name.replace("/", ".")}.f32`, await variable.data());
    writeFileSync(join(folder, "recipe.json"), JSON.stringify(recipe));
    const ours = await train(model, recipe, folder);
    const theirs = trainInPython(folder);
    const differences = ours.map((loss, step) => Math.abs(loss - theirs.losses[step]) / theirs.losses[step]);
    const peer = `PyTorch ${theirs.version}`;
    for (const [step, loss] of ours.entries())
      yield {
        case: `step ${step + 1}`,
        unit: "",
        ours: loss,
        peers: { [peer]: theirs.losses[step] },
        runs: 1,
      };
    const largest = Math.max(...differences);
    yield { case: "largest relative difference", unit: "", ours: largest, peers: { allowed: 1e-3 }, runs: 1 };
    const fallOf = (losses) => 1 - mean(losses.slice(-5)) / mean(losses.slice(0, 5));
    yield {
      case: "fall, last five to first five",
      unit: "",
      ours: fallOf(ours),
      peers: { [peer]: fallOf(theirs.losses) },
      runs: 1,
    };
  } finally {
    model.dispose();
    rmSync(folder, { recursive: true });
  }
}

/** Trains, and leaves each tile for Python. */
async function train(model, { rate, momentum, steps, inputSize, outputSize }, folder) {
  const data = subset(
    await openDataset(`isbi2012:${dataFolder("isbi2012")}`),
    Array.from({ length: 18 }, (_, slice) => slice),
  );
  const preparation = { channels: 1, classes: 2, normalisation: "z-score", w0: 10, sigma: 5 };
  const samples = await prepareSamples(data, preparation);
  const tiles = trainingTiles(samples, {
    inputSize,
    outputSize,
    seed: 1,
    augmentation: false,
    startIndex: 0,
  });
  const variables = model.trainableWeights.map((weight) => weight.read());
  const optimizer = new Optimizer(variables, { optimizer: "sgd", momentum, weightDecay: 0, clipNorm: 0 });
  const losses = [];
  for (let step = 0; step < steps; step++) {
    const { value: tile } = await tiles.next();
    write(folder, `${step}.image.f32`, tile.image.data);
    write(folder, `${step}.labels.i32`, tile.labels.data);
    write(folder, `${step}.weights.f32`, tile.weights.data);
    losses.push((await trainingStep(model, optimizer, [tile], { rate })).loss);
  }
  optimizer.dispose();
  await tiles.return();
  return losses;
}

function trainInPython(folder) {
  const script = fileURLToPath(new URL("reference/parity.py", import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(python, [script, folder], { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(
    `${python} can't run the reference; install PyTorch (apt-get install python3-torch), or name its Python in UNET_PYTHON\n${error ?? stderr}`,
  );
}

function write(folder, name, { buffer, byteOffset, byteLength }) {
  writeFileSync(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
