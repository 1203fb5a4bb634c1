import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Image, LabelImage, Sample } from "@unet/image";
import { labelScores, scoreImage, segment, type Task } from "@unet/inference";
import { ultrametricContours } from "@unet/inference/instances";
import type { Choice } from "./choices.js";

/** The result of one choice for an image. */
export interface Result {
  labels: LabelImage;
  /** The scores that it was made from; absent with more than two classes. */
  map?: Image<Float32Array>;
}

/** How results are made. */
interface ResultsOptions {
  model: LayersModel;
  task: Task;
  choices: readonly Choice[];
  signal?: AbortSignal;
}

/** The result of each choice for an image, in their order, as `segment` would give it; the network runs once. */
export async function* resultsOf(
  { image }: Sample,
  { model, task, choices, signal }: ResultsOptions,
): AsyncGenerator<Result> {
  if (task.aim === "classes" && task.out.score.length > 2) {
    yield { labels: (await segment(image, model, { task, signal })).labels };
    return;
  }
  const map = await scoreImage(image, model, task, { signal });
  let contours: Image<Float32Array> | undefined;
  let last: { key: string; labels: LabelImage } | undefined;
  for (const { threshold = task.out.threshold, split = task.out.split, minimumSize = 0 } of choices) {
    if (task.aim === "classes") {
      yield { labels: above(map, threshold), map };
      continue;
    }
    const key = `${split} ${threshold}`;
    if (last?.key !== key) {
      // Labelling takes a while, and somebody may have lost patience.
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      if (split === "contours") contours ??= ultrametricContours(map, { channel: 0 });
      const [scores, how] = split === "contours" ? [contours!, "none" as const] : [map, split];
      const labels = labelScores(scores, { ...task.out, threshold, split: how, minimumSize: 0 });
      last = { key, labels };
    }
    yield { labels: minimumSize > 0 ? withoutSmall(last.labels, minimumSize) : last.labels, map };
  }
}

/** Class 1 from a score on. */
function above({ width, height, data }: Image<Float32Array>, threshold: number): LabelImage {
  return { width, height, data: Int32Array.from(data, (score) => (score >= threshold ? 1 : 0)) };
}

/** Labels without the objects that are smaller than `minimumSize`; the others keep their numbers. */
function withoutSmall({ width, height, data }: LabelImage, minimumSize: number): LabelImage {
  const areas = new Map<number, number>();
  for (const label of data) areas.set(label, (areas.get(label) ?? 0) + 1);
  return { width, height, data: data.map((label) => (areas.get(label)! >= minimumSize ? label : 0)) };
}
