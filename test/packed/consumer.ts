// A user's program in strict TypeScript: it is typechecked against the packed packages, not run.
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { deformTile } from "@unet/augmentation";
import { type BackendInfo, probeBackends, useBackend } from "@unet/backend";
import { readIsbi2012, syntheticMembranes } from "@unet/datasets";
import { nodeFolder } from "@unet/datasets/node";
import { type Image, type LabelImage, randomAt, readImage, type Sample } from "@unet/image";
import { drawOutlines } from "@unet/image/picture";
import { labelInstances, predictTiled, withSymmetries } from "@unet/inference";
import { tiffSource } from "@unet/inference/tiff";
import { planTiles } from "@unet/inference/tiles";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { twoNearestDistances, weightedCrossEntropy } from "@unet/loss";
import { weightMap } from "@unet/loss/weight-map";
import { iou } from "@unet/metrics";
import { createUNet, loadModel, saveModel } from "@unet/model";
import { tileGeometry } from "@unet/model/geometry";
import { train } from "@unet/training";

export async function pipeline(path: string, signal: AbortSignal): Promise<Image> {
  const info: BackendInfo = await useBackend({ prefer: ["wasm", "cpu"] });
  console.log(info.name, info.skipped.length, await probeBackends());

  const samples = await readIsbi2012(nodeFolder(path));
  const sample: Sample = await syntheticMembranes({ count: 1, seed: 1 }).get(0);
  const weights: Image = weightMap(sample.labels, { w0: 10, sigma: 5 });
  const tile = deformTile(sample, { centre: [10, 20], inputSize: 92, outputSize: 4, seed: 1 });
  const uniform: number = randomAt(1, "example", 0)();
  console.log(tile.image.data.length, weights.channels, twoNearestDistances(sample.labels).first[0], uniform);

  const model = createUNet({ depth: 2, filters: 4, padding: "valid", seed: 1 });
  const geometry = tileGeometry({ depth: 2 });
  console.log(planTiles({ width: 100, height: 100 }, geometry, { tileSize: 60 }).length);
  await train({ model, samples, config: { steps: 1 }, seed: 1, signal, onEvent: (event) => event.type });
  await saveModel(model, "out/model");

  const image = await readImage(path);
  const scores: Image = await predictTiled(image, await loadModel("out/model"), { signal });
  const cells: LabelImage = labelInstances(scores, { threshold: 0.5 });
  console.log(iou(cells, sample.labels));
  return drawOutlines(image, cells);
}

export function loss(logits: Tensor4D, labels: Tensor3D, weights: Tensor3D): number {
  return weightedCrossEntropy(logits, labels, weights, { reduction: "sum" }).dataSync()[0];
}

export async function tiledFiles(run: string): Promise<void> {
  const model = withSymmetries(await loadModel(run));
  const source = await tiffSource("large.ome.tif");
  const { width, height } = source;
  const sink = await zarrSink("scores.zarr", { width, height, channels: 2 });
  await predictTiled(source, model, { sink, memory: 2 ** 28 });
  await source.close();
  console.log((await zarrSource("scores.zarr")).channels);
}

// declarations that were not found would make these any
// @ts-expect-error
export const notText: string = createUNet({ depth: 2 });
// @ts-expect-error
export const notATile: string = planTiles;
