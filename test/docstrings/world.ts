import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-web";
import * as backend from "../../packages/backend/src/index.js";
import { setThreads } from "../../packages/backend-simd/src/index.js";
import { Memory } from "../../packages/backend-simd/src/memory.js";
import { Pool } from "../../packages/backend-simd/src/pool.js";
import { assertOutputs } from "../../packages/cli/src/outputs/assert-outputs.js";
import * as datasets from "../../packages/datasets/src/index.js";
import * as image from "../../packages/image/src/index.js";
import * as node from "../../packages/image/src/node.js";
import * as picture from "../../packages/image/src/picture.js";
import * as imagej from "../../packages/inference/src/imagej.js";
import * as inference from "../../packages/inference/src/index.js";
import * as instances from "../../packages/inference/src/instances.js";
import * as zarr from "../../packages/inference/src/zarr.js";
import * as interchange from "../../packages/interchange/src/index.js";
import * as loss from "../../packages/loss/src/index.js";
import * as weightMap from "../../packages/loss/src/weight-map.js";
import * as metrics from "../../packages/metrics/src/index.js";
import * as model from "../../packages/model/src/index.js";
import * as networks from "../../packages/networks/src/index.js";
import * as training from "../../packages/training/src/index.js";

type Train = Parameters<typeof training.train>[0];
type TrainFolds = Parameters<typeof training.trainFolds>[0];

const tiny = { depth: 2, filters: 2 };
const short = { steps: 2, tileSize: 60, minutes: undefined };

/** What takes long, cut short: small networks, and two steps in place of what the configuration says. */
const cutShort = {
  createUNet: (config: object = {}) => model.createUNet({ ...config, ...tiny }),
  train: (options: Train) => training.train({ ...options, config: { ...options.config, ...short } }),
  trainFolds: (options: TrainFolds) =>
    training.trainFolds({ ...options, config: { ...options.config, ...short } }),
  resume: (run: string, options: object) => training.resume(run, { ...options, steps: 3 }),
};

/**
 * What the examples of docstrings speak of, under the names that they use: all that the packages export, images, labels
 * and networks, and in the working directory the files that they read.
 */
export async function makeWorld(): Promise<Record<string, unknown>> {
  await backend.useBackend({ prefer: ["wasm", "cpu"] });
  const samples = datasets.syntheticCells({ count: 5, seed: 1, width: 96, height: 96 });
  const sample = await samples.get(0);
  const network = () => model.createUNet(tiny);
  const [first, second, third] = [network(), network(), network()];
  const scores = await inference.predictTiled(sample.image, first);
  const map = { ...sample.image, data: Float32Array.from(sample.labels.data, (label) => Math.min(label, 1)) };
  const truth = { ...sample.labels, data: sample.labels.data.map((label) => Math.min(label, 1)) };
  const slide = { ...sample.image, read: async (rect: image.Rect) => image.cropMirrored(sample.image, rect) };

  await mkdir("cells/images", { recursive: true });
  await mkdir("cells/masks", { recursive: true });
  await image.writeImage("cells/images/a.tif", sample.image);
  await image.writeLabels("cells/masks/a_mask.tif", sample.labels);
  await image.writeImage("cells.tif", sample.image);
  const colours = new Uint8Array(12).fill(7);
  await image.writeImage("cells-rgb.png", { width: 2, height: 2, channels: 3, data: colours });
  await writeFile("stack.tif", await image.encodeTiff([sample.image, sample.image]));
  const { width, height } = sample.image;
  const sink = await zarr.zarrSink("cells.zarr", { width, height, channels: 1 });
  await sink.write({ x: 0, y: 0, width, height }, map);
  await sink.close?.(true);
  await model.saveModel(first, "runs/cells");
  await writeFile("cells.onnx", await interchange.toOnnx(first));
  await copyFile("cells.onnx", "unet.onnx");
  await writeFile("unet.safetensors", await interchange.toSafetensors(first));
  const caffe = "../../packages/interchange/test/fixtures/caffe/new.caffemodel";
  await copyFile(join(import.meta.dirname, caffe), "phseg_v5.caffemodel");
  const named = await datasets.openDataset("synthetic-cells:2");
  await training.train({ model: network(), samples: named, config: short, out: "runs/em", seed: 1 });

  return {
    ...image,
    ...node,
    ...picture,
    ...datasets,
    ...inference,
    ...instances,
    ...imagej,
    ...zarr,
    ...interchange,
    ...loss,
    ...weightMap,
    ...metrics,
    ...model,
    ...networks,
    ...training,
    ...cutShort,
    readFile,
    writeFile,
    InferenceSession,
    console: { log() {}, warn() {} },
    model: first,
    first,
    second,
    third,
    variables: first.trainableWeights.map((weight) => weight.read()),
    sample,
    image: sample.image,
    labels: sample.labels,
    scores,
    map,
    truth,
    samples,
    validation: samples,
    slices: [sample, sample].map(() => ({ prediction: map, truth })),
    slide,
    source: slide,
    rect: { x: 8, y: 8, width: 16, height: 16 },
    size: { width, height, channels: 2 },
    tile: await tileFrom(samples),
    config: {},
    out: "runs/folds",
    myLoss: loss.weightedCrossEntropy,
    work: async () => {},
    assertOutputs,
    setThreads,
    Memory,
    Pool,
    memory: new Memory(),
  };
}

async function tileFrom(samples: training.Samples): Promise<training.Tile> {
  const { weightDecay: _, ...options } = training.resolveConfig({});
  const prepared = await training.prepareSamples(samples, {
    ...options,
    channels: 1,
    classes: 2,
    normalisation: "z-score",
  } as Parameters<typeof training.prepareSamples>[1]);
  const tiles = training.trainingTiles(prepared, {
    augmentation: false,
    inputSize: 60,
    outputSize: 20,
    seed: 1,
    startIndex: 0,
    workers: 0,
  });
  const { value } = await tiles.next();
  await tiles.return();
  return value as training.Tile;
}
