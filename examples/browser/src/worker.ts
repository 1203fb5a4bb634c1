import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { type Image, type LabelImage, readImage } from "@unet/image";
import { drawOutlines, heatMap, toGrey } from "@unet/image/picture";
import { segment } from "@unet/inference";
import { iou } from "@unet/metrics";
import { createUNet } from "@unet/model";
import { train } from "@unet/training";
import type { Reply, Request } from "./messages.js";
import { greyOf, toImageData } from "./pixels.js";

const seed = 1;
const trainingSamples = syntheticCells({ count: 8, seed });
const otherSamples = syntheticCells({ count: 1000, seed: seed + 1 });

let model: LayersModel | undefined;
let stop = new AbortController();
let shown: { image: Image; truth?: LabelImage };
let nextSample = 0;

self.onmessage = ({ data }: MessageEvent<Request>) => {
  if (data.type === "stop") stop.abort();
  else
    answer(data).then(
      (text) => tell({ type: "done", text }),
      (error: Error) => tell({ type: "failed", message: error.message }),
    );
};

useBackend()
  .then(async (backend) => {
    tell({ type: "ready", backend });
    await showSample();
    tell({ type: "done", text: "Ready to train" });
  })
  .catch((error: Error) => tell({ type: "failed", message: error.message }));

async function answer(request: Exclude<Request, { type: "stop" }>): Promise<string> {
  if (request.type === "train") return trainModel(request.steps);
  if (request.type === "sample") await showSample();
  else await showFile(request.file, request.name);
  if (!model) return "Train first, then the cells appear here";
  await showCells(model);
  return "Segmented";
}

async function trainModel(steps: number): Promise<string> {
  model?.dispose();
  model = createUNet({ depth: 2, filters: 8, dropout: 0.1, seed });
  stop = new AbortController();
  const start = performance.now();
  let done = 0;
  try {
    await train({
      model,
      samples: trainingSamples,
      config: { steps, tileSize: 148, learningRate: 0.02, momentum: 0.95 },
      seed,
      signal: stop.signal,
      onEvent(event) {
        if (event.type !== "step") return;
        done = event.step;
        tell({ type: "step", step: event.step, steps, loss: event.loss });
      },
    });
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  }
  const seconds = (performance.now() - start) / 1000;
  await showCells(model);
  return `${done} steps in ${seconds.toFixed(0)} s`;
}

async function showCells(network: LayersModel): Promise<void> {
  const start = performance.now();
  const { labels, table, scores } = await segment(shown.image, network, {
    minimumSize: 20,
    fillHoles: true,
    scores: true,
    onProgress: ({ done, total }) => tell({ type: "tile", done, total }),
  });
  const seconds = (performance.now() - start) / 1000;
  tell({
    type: "segmented",
    outlines: toImageData(drawOutlines(toGrey(shown.image), labels)),
    probability: toImageData(heatMap(scores, { low: 0, high: 1 })),
    cells: table.length,
    seconds,
    iou: shown.truth && iou(labels, shown.truth),
  });
}

async function showSample(): Promise<void> {
  const { image, labels } = await otherSamples.get(nextSample++);
  shown = { image, truth: labels };
  tell({ type: "picture", name: `Drawn sample ${nextSample}`, image: toImageData(toGrey(image)) });
}

async function showFile(file: Blob, name: string): Promise<void> {
  shown = { image: greyOf(await readImage(file)) };
  tell({ type: "picture", name, image: toImageData(toGrey(shown.image)) });
}

function tell(reply: Reply): void {
  self.postMessage(reply);
}
