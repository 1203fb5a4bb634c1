import { type Image, randomAt } from "@unet/image";
import type { Task } from "@unet/inference";
import { createUNet, saveModel } from "@unet/model";

/** What {@link saveNetwork}'s network is for. */
export const task: Task = {
  ...{ recipe: "mine", aim: "instances", scale: 0.6 },
  out: { score: [0, 0.9, 0.3], threshold: 0.45, split: "scores", minimumSize: 6, fillHoles: true },
  calibration: { images: 7, measures: { f1: 0.9 } },
};

export const [width, height] = [90, 61];

/** Blobs on noise. */
export const image: Image<Uint8Array> = (() => {
  const random = randomAt(5, "image", 0);
  const data = new Uint8Array(width * height).map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return 120 + 80 * Math.sin(x / 5) * Math.sin(y / 4) + 30 * random();
  });
  return { width, height, channels: 1, data };
})();

/** Saves a network of three classes whose probabilities vary over the image. */
export async function saveNetwork(path: string, { task, seed = 25 }: { task?: Task; seed?: number }) {
  const model = createUNet({ depth: 1, filters: 4, classes: 3, padding: "same", seed, dropout: 0 });
  model.setUserDefinedMetadata({
    ...model.getUserDefinedMetadata(),
    normalisation: "z-score",
    ...(task && { task }),
  });
  await saveModel(model, path);
  model.dispose();
}
