import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { openDataset } from "@unet/datasets";
import { cropMirrored, normalise, randomAt, writeImage } from "@unet/image";
import { predictTiled, withSymmetries } from "@unet/inference";
import { createUNet } from "@unet/model";
import { Optimizer } from "@unet/training";
import { measureInTurns } from "./measure.mjs";
import { dataFolder, membraneNames, membraneScores, outFolder } from "./unet.mjs";
import { WindowNetwork } from "./window-network.mjs";

export const title =
  "The baseline that the paper beat: a network that classifies the middle pixel of a window (Ciresan et al. 2012), on ISBI slices 18-23";

export const options = {
  minutes: { type: "string", default: "40" },
  window: { type: "string", default: "65" },
  maps: { type: "string", default: "48" },
  batch: { type: "string", default: "64" },
  rate: { type: "string", default: "1e-3" },
  seed: { type: "string", default: "0" },
  backend: { type: "string", default: "tensorflow" },
  /** A run of `unet train` that stands beside it, such as that of `pnpm bench isbi`. */
  unet: { type: "string" },
};

/** Side of what is classified together, px. */
const TILE = 192;
/** Of the network in the paper's table 1, on the hidden test set, times 1000. */
const ciresan = { warping: 0.42, rand: 50.4, pixel: 61.3 };

export async function* measure({ backend, unet: run, ...numbers }) {
  const given = Object.entries(numbers).map(([name, value]) => [name, Number(value)]);
  const settings = { backend, ...Object.fromEntries(given) };
  const folder = `isbi2012:${dataFolder("isbi2012")}`;
  const scores = await trainAndScore(settings, await openDataset(folder));
  const ours = await membraneScores(scores, folder, "18-23");
  const unet = run && (await membraneScores(run, folder, "18-23", "--tta"));
  const beside = (name, factor = 1) => (unet ? { "U-Net": factor * unet[name] } : {});
  for (const [name, title] of Object.entries(membraneNames))
    yield { case: `${title}, best`, unit: "", ours: ours[name], peers: beside(name), runs: 1 };
  for (const [name, hidden] of Object.entries(ciresan)) {
    const peers = { ...beside(name, 1000), "Ciresan, hidden set": hidden };
    yield { case: `${name} error ×1000`, unit: "", ours: 1000 * ours[name], peers, runs: 1 };
  }
  yield await timesOf(settings);
}

/** Trains on slices 0-17, and writes the scores of 18-23, the mean of the 8 symmetries, into a file. */
async function trainAndScore(settings, data) {
  await useBackend({ prefer: [settings.backend] });
  const samples = await Promise.all(Array.from({ length: 18 }, (_, slice) => data.get(slice)));
  const network = new WindowNetwork(settings);
  await train(network, samples, settings);
  const predictor = withSymmetries(predictorOf(network));
  const scores = [];
  for (let slice = 18; slice < 24; slice++) {
    const { image } = await data.get(slice);
    const both = await predictTiled(image, predictor, { tileSize: TILE + settings.window - 1 });
    scores.push({ ...both, channels: 1, data: both.data.filter((_, i) => i % 2 === 1) });
  }
  network.dispose();
  const file = outFolder("sliding-window.tif");
  mkdirSync(dirname(file), { recursive: true });
  await writeImage(file, scores, { holds: "probabilities" });
  return file;
}

/** Adam on batches of as many windows of each class, turned and mirrored at random, for so many minutes. */
async function train(network, samples, { minutes, batch, rate, seed }) {
  const { window, variables } = network;
  const half = (window - 1) >> 1;
  const prepared = samples.map((sample) => prepare(sample, half));
  const optimizer = new Optimizer(variables, { optimizer: "adam", weightDecay: 0, clipNorm: 0 });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const losses = [];
  let shown = 0;
  while (seconds() < 60 * minutes) {
    const { windows, labels } = drawWindows(prepared, {
      window,
      batch,
      random: randomAt(seed, "windows", losses.length),
    });
    const { value, grads } = tf.tidy(() => {
      const given = tf.tensor4d(windows, [batch, window, window, 1]);
      const truth = tf.oneHot(tf.tensor1d(labels, "int32"), 2);
      return tf.variableGrads(() => {
        const logits = tf.reshape(network.classify(given), [batch, 2]);
        const entropy = tf.neg(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), -1));
        return tf.mean(entropy);
      }, variables);
    });
    // less after each third of the time
    const decayed = rate * 0.3 ** Math.floor((3 * seconds()) / (60 * minutes));
    optimizer.update(
      variables.map(({ name }) => grads[name]),
      decayed,
      0,
    );
    losses.push((await value.data())[0]);
    tf.dispose([value, grads]);
    if (seconds() < shown + 15) continue;
    shown = seconds();
    console.error(`  batch ${losses.length}, loss ${meanOf(losses.slice(-100)).toFixed(3)}`);
  }
  optimizer.dispose();
  console.error(`${losses.length} batches in ${Math.round(seconds())} s`);
}

/** The image with the mirrored border that windows reach into, and where its pixels of each class are. */
function prepare({ image, labels }, half) {
  const { width, height } = image;
  const around = { x: -half, y: -half, width: width + 2 * half, height: height + 2 * half };
  const positions = [[], []];
  for (const [i, label] of labels.data.entries()) positions[label].push(i);
  return { image: cropMirrored(normalise(image, "z-score"), around), width, positions };
}

function drawWindows(prepared, { window, batch, random }) {
  const windows = new Float32Array(batch * window * window);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 2);
  const pick = (list) => list[Math.floor(random() * list.length)];
  for (let i = 0, to = 0; i < batch; i++) {
    const { image, width, positions } = pick(prepared);
    const middle = pick(positions[labels[i]]);
    const corner = Math.floor(middle / width) * image.width + (middle % width);
    const symmetry = Math.floor(random() * 8);
    const last = window - 1;
    for (let v = 0; v < window; v++) {
      for (let u = 0; u < window; u++) {
        const [y, x] = symmetry & 4 ? [u, v] : [v, u];
        const row = symmetry & 2 ? last - y : y;
        const column = symmetry & 1 ? last - x : x;
        windows[to++] = image.data[corner + row * image.width + column];
      }
    }
  }
  return { windows, labels };
}

/** Every window of a tile, as `predictTiled` asks for it. */
function predictorOf(network) {
  const margin = (network.window - 1) >> 1;
  return {
    geometry: {
      ...{ padding: "valid", margin, multiple: 1 },
      outputSize: (input) => input - 2 * margin,
      inputSize: (output) => output + 2 * margin,
    },
    ...{ channels: 1, classes: 2, normalisation: "z-score", maxPixels: (TILE + 2 * margin) ** 2 },
    async predict({ width, height, data }) {
      const logits = tf.tidy(() => network.classifyAll(tf.tensor4d(data, [1, height, width, 1])));
      const values = await logits.data();
      logits.dispose();
      return values;
    },
  };
}

/**
 * Microseconds a pixel of one pass, window by window in batches of 256, with what windows share computed once, and by
 * the U-Net. Times do not depend on the weights. The first two must give the same logits.
 */
async function timesOf(settings) {
  await useBackend({ prefer: [settings.backend] });
  const data = await openDataset(`isbi2012:${dataFolder("isbi2012")}`);
  const { image } = await data.get(18);
  const network = new WindowNetwork(settings);
  const { window } = settings;
  const [rows, columns] = [16, 64];
  const strip = padded(image, { x: 100, y: 100, width: columns, height: rows }, window);
  const windows = new Float32Array(rows * columns * window ** 2);
  let to = 0;
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let row = y; row < y + window; row++, to += window)
        windows.set(strip.data.subarray(row * strip.width + x, row * strip.width + x + window), to);
  const slide = async () => {
    const logits = [];
    for (let from = 0; from < rows * columns; from += 256) {
      const some = windows.subarray(from * window ** 2, (from + 256) * window ** 2);
      const scored = tf.tidy(() => network.classify(tf.tensor4d(some, [256, window, window, 1])));
      logits.push(...(await scored.data()));
      scored.dispose();
    }
    return logits;
  };
  const { predict } = predictorOf(network);
  const [first, second] = [await slide(), await predict(strip)];
  const apart = first.reduce((most, value, i) => Math.max(most, Math.abs(value - second[i])), 0);
  if (!(apart < 1e-3)) throw new Error(`shared windows differ from single ones by ${apart}`);
  const block = padded(image, { x: 0, y: 0, width: 256, height: 256 }, window);
  const unet = createUNet({ filters: 16, batchNormalisation: true, padding: "same", seed: 0 });
  const pixels = { slide: rows * columns, shared: 256 ** 2, unet: image.width * image.height };
  const { medians, runs } = await measureInTurns(
    { slide, shared: () => predict(block), unet: () => predictTiled(image, unet) },
    { least: 3 },
  );
  network.dispose();
  unet.dispose();
  const each = (name) => (1000 * medians[name]) / pixels[name];
  const peers = { "U-Net": each("unet"), "windows, work shared": each("shared") };
  return { case: "window by window, one pass", unit: "µs/px", ours: each("slide"), peers, runs };
}

/** Part of an image as the network sees it, with the border that windows reach into. */
function padded(image, { x, y, width, height }, window) {
  const half = (window - 1) >> 1;
  const around = { x: x - half, y: y - half, width: width + window - 1, height: height + window - 1 };
  return cropMirrored(normalise(image, "z-score"), around);
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
