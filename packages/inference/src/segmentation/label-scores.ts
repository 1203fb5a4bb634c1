import type { Image, LabelImage } from "@unet/image";
import { type LabelInstancesOptions, labelInstances } from "../instances/labelling/label-instances.js";
import { ultrametricContours } from "../instances/splitting/ultrametric-contours.js";
import type { TaskOutput } from "./task.js";

/**
 * The objects in a map of scores, as a task finds them.
 *
 * ```ts
 * const objects = labelScores(map, { score: [0, 1], threshold: 0.5, split: "distance", minimumSize: 20, fillHoles: true });
 * ```
 *
 * @param map one channel, as `scoreImage` returns it
 * @param out how; `score` plays no part any more
 */
export function labelScores(map: Image<Float32Array>, out: TaskOutput): LabelImage {
  const scores = out.split === "contours" ? ultrametricContours(map, { channel: 0 }) : map;
  return labelInstances(scores, labelOptions(out));
}

/** A task's output as options of `labelInstances`, for a map of one channel. */
export function labelOptions({
  threshold,
  split,
  minimumSize,
  fillHoles,
}: TaskOutput): LabelInstancesOptions {
  const watershed = split === "distance" || split === "scores" ? { on: split } : false;
  return { channel: 0, threshold, minimumSize, fillHoles, watershed };
}
