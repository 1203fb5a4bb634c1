import type { LayersModel } from "@tensorflow/tfjs-layers";
import { connectedComponents } from "@unet/image";
import { type Calibration, checkTask, plainTaskFor, type Task, taskOf } from "@unet/inference";
import { areasOf } from "../samples/areas-of.js";
import type { Samples } from "../samples/samples.js";
import { choicesFor } from "./choices.js";
import { chooseBest } from "./choose-best.js";
import { judgeOf } from "./judges.js";
import { resultsOf } from "./results.js";

/** What {@link calibrate} is told. */
export interface CalibrateOptions {
  /**
   * Not disposed, and not changed: the answer is what `saveModel(model, folder, { task })` takes. Several of one task, as in
   * cross-validation, by the number of the sample that each is asked for.
   */
  model: LayersModel | ((index: number) => LayersModel);
  /** Images that the model was not trained on, with their truth. */
  samples: Samples;
  /** Default: the model's. */
  task?: Task;
  signal?: AbortSignal;
  onEvent?: (event: CalibrationEvent) => void;
}

/** After each image. */
export interface CalibrationEvent {
  type: "calibration";
  /** Name of the image. */
  name: string;
  done: number;
  images: number;
}

/** At most so many images, spread evenly, and so many pixels are looked at. */
const MOST_IMAGES = 64;
const MOST_PIXELS = 2 ** 23;

/**
 * Chooses how scores become a result, on images with a truth: threshold, split and smallest object, by the measure of the
 * task's aim. That is for instances the mean of SEG and of F1 at IoU 0.5, for membranes the mean of V^Rand and V^Info, for
 * classes the mean IoU; of more than two classes the likeliest is taken, so that nothing is chosen. What the task says is
 * changed only where that is better by more than one standard error: few images tell little apart.
 *
 * ```ts
 * const task = await calibrate({ model, samples: validation });
 * await saveModel(model, "runs/cells/model", { task });
 * ```
 *
 * Each image is predicted once. How good the choice is, is estimated leaving one image out, `task.calibration.measures`:
 *
 * - instances: `f1`, `precision`, `recall` at IoU 0.5, `seg`, and how many objects there were, `found` and `objects`
 * - membranes: `vrand`, `vinfo`, and `wrong`, the share of pixels on the wrong side of score 0.5
 * - classes: `miou`, the mean of `iou1`, `iou2` …, each class but background
 *
 * @returns the task with `out` chosen and `calibration` filled
 * @throws RangeError where there is no image, and as `scoreImage`
 * @throws DOMException named `AbortError` after `signal`
 */
export async function calibrate({
  model,
  samples,
  task: given,
  signal,
  onEvent,
}: CalibrateOptions): Promise<Task> {
  const modelFor = typeof model === "function" ? model : () => model;
  const first = modelFor(0);
  const classes = first.outputs[0].shape.at(-1) as number;
  const { calibration: _, ...task } = checkTask(given ?? taskOf(first) ?? plainTaskFor(classes), classes);
  if (samples.length < 1) throw new RangeError("calibrate: samples is empty; give at least one image");
  const { indices, pixels, area } = await lookAt(samples, signal);
  const choices = choicesFor(task, area, pixels);
  const judge = judgeOf(task.aim, classes);
  const counts: unknown[][] = [];
  for (const index of indices) {
    const sample = await samples.get(index);
    const count = judge.of(sample);
    const own: unknown[] = [];
    const how = { model: modelFor(index), task, choices, signal };
    for await (const result of resultsOf(sample, how)) own.push(count(result));
    counts.push(own);
    onEvent?.({ type: "calibration", name: sample.name, done: counts.length, images: indices.length });
  }
  const { best, measures } = chooseBest(counts, judge);
  const calibration: Calibration = { images: counts.length, measures };
  return { ...task, out: { ...task.out, ...choices[best] }, calibration };
}

/** The samples that are calibrated on, how many pixels they have, and the area of their median true object. */
async function lookAt(samples: Samples, signal: AbortSignal | undefined) {
  const count = Math.min(samples.length, MOST_IMAGES);
  const indices: number[] = [];
  const areas: number[] = [];
  let pixels = 0;
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted();
    const index = Math.floor((i * samples.length) / count);
    const { labels, kind } = await samples.get(index);
    if (indices.length > 0 && pixels + labels.data.length > MOST_PIXELS) continue;
    pixels += labels.data.length;
    indices.push(index);
    areas.push(...areasOf(kind === "instances" ? labels : connectedComponents(labels)));
  }
  return { indices, pixels, area: areas.sort((a, b) => a - b)[areas.length >> 1] ?? 0 };
}
