// Train, evaluate and segment with the packages of @unet, from plain Node.
//
//   node cells.mjs [out]        about two minutes without a GPU
import { mkdir } from "node:fs/promises";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { writeImage, writeLabels } from "@unet/image";
import { drawOutlines } from "@unet/image/picture";
import { segment } from "@unet/inference";
import { iou, segMeasure } from "@unet/metrics";
import { createUNet, saveModel } from "@unet/model";
import { train } from "@unet/training";

const out = process.argv[2] ?? "out";
await mkdir(out, { recursive: true });

// The fastest backend that is installed: a GPU, native TensorFlow, WebAssembly or plain JavaScript.
const { name } = await useBackend();
console.log(`computing on ${name}`);

// Any data set is an object with a length and get(i): readIsbi2012, readCellTracking and readFolder make
// them of files. Here are images of touching cells, and others of the same kind to judge by.
const samples = syntheticCells({ count: 16, seed: 1 });
const unseen = syntheticCells({ count: 4, seed: 2 });

// The paper's network with few filters, and its recipe: deformed tiles, border weights, momentum.
const model = createUNet({ filters: 8, depth: 3, dropout: 0.2, seed: 1 });
await train({
  model,
  samples,
  config: { steps: 600, tileSize: 188, learningRate: 0.02, momentum: 0.9 },
  seed: 1,
  onEvent(event) {
    if (event.type === "step" && event.step % 50 === 0) {
      console.log(`step ${event.step} of ${event.steps}: loss ${event.loss.toFixed(3)}`);
    }
  },
});
await saveModel(model, `${out}/model`);

// Images of any size: overlapping tiles, mirrored at the border, put together without a seam.
const predictions = [];
const truths = [];
for (let i = 0; i < unseen.length; i++) {
  const { image, labels } = await unseen.get(i);
  const { labels: cells } = await segment(image, model, {
    minimumSize: 40,
    fillHoles: true,
    split: "distance",
  });
  await writeLabels(`${out}/cells-${i}.tif`, cells);
  await writeImage(`${out}/cells-${i}.png`, drawOutlines(image, cells));
  predictions.push(cells);
  truths.push(labels);
}

const { score } = segMeasure(predictions, truths);
console.log(
  `on unseen images: IoU ${iou(predictions, truths).toFixed(3)}, SEG ${score.toFixed(3)}; see ${out}`,
);
model.dispose();
