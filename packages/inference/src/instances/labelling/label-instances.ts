import { assertImage, type Image, type LabelImage } from "@unet/image";
import type { WatershedOptions } from "../splitting/split-object.js";
import { assertChannel } from "./channel.js";
import type { LabelChoices } from "./label-choices.js";
import { labelSteps } from "./label-steps.js";

export type { WatershedOptions };

/** Options of {@link labelInstances}. */
export interface LabelInstancesOptions {
  /** Which channel of the scores is looked at. Default 1. */
  channel?: number;
  /** A pixel belongs to an object from this score on. Default 0.5. */
  threshold?: number;
  /** Whether pixels that share a side (4, default) or also a corner (8) are of one object. */
  connectivity?: 4 | 8;
  /** Smaller objects are dropped, px. Default 0. */
  minimumSize?: number;
  /** Whether background that an object encloses becomes its own, with all that lies in it. Default false. */
  fillHoles?: boolean;
  /** Whether to split joined objects, see {@link WatershedOptions}; true takes the defaults. Default false. */
  watershed?: boolean | WatershedOptions;
}

/**
 * The objects in scores: connected pixels from a threshold on, numbered from 1 in raster order of their
 * first pixel. In this order: threshold, fill holes, split, drop the small.
 *
 * @param scores e.g. the class probabilities that `predictTiled` returns
 * @throws RangeError where there is no such channel, or an option is impossible
 */
export function labelInstances(scores: Image, options: LabelInstancesOptions = {}): LabelImage {
  assertImage(scores, "labelInstances");
  const choices = chooseLabelling(scores, options, "labelInstances");
  const steps = labelSteps(scores, { ...choices, rows: scores.height, memory: Number.POSITIVE_INFINITY });
  let labels: LabelImage | undefined;
  let step = steps.next();
  while (!step.done) {
    if ("write" in step.value) labels = step.value.labels;
    step = "read" in step.value ? steps.next(scores) : steps.next();
  }
  return labels!;
}

/** The options with their defaults, checked for scores of so many channels. */
export function chooseLabelling(
  scores: { channels: number },
  options: LabelInstancesOptions,
  where: string,
): Omit<LabelChoices, "rows" | "memory"> {
  const { channel = 1, threshold = 0.5, connectivity = 4, minimumSize = 0 } = options;
  const { fillHoles = false, watershed = false } = options;
  assertChannel(scores, channel, where);
  if (Number.isNaN(threshold)) throw new RangeError(`${where}: threshold must be a number, got NaN`);
  if (connectivity !== 4 && connectivity !== 8) {
    throw new RangeError(`${where}: connectivity must be 4 or 8, got ${connectivity}`);
  }
  if (!(minimumSize >= 0)) {
    throw new RangeError(`${where}: minimumSize must be 0 or more, got ${minimumSize}`);
  }
  const split = watershed === true ? {} : watershed || undefined;
  if (split?.on !== undefined && split.on !== "distance" && split.on !== "scores") {
    throw new RangeError(`${where}: watershed.on must be "distance" or "scores", got "${split.on}"`);
  }
  if (split?.depth !== undefined && !(split.depth >= 0)) {
    throw new RangeError(`${where}: watershed.depth must be 0 or more, got ${split.depth}`);
  }
  return { channel, threshold, connectivity, minimumSize, fillHoles, watershed: split };
}
