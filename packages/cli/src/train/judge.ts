import type { LayersModel } from "@tensorflow/tfjs-layers";
import { connectedComponents, type Image, type LabelImage, type Sample } from "@unet/image";
import { foregroundOf, plainTaskFor, segment, type Task } from "@unet/inference";
import { separateTouching } from "@unet/loss/weight-map";
import type { Samples } from "@unet/training";
import { type EvaluateMeasure, startMeasures } from "../evaluate/measures.js";

/** A validation image with what the model makes of it. */
export interface Judged {
  sample: Sample;
  /** Objects, or the class of each pixel. */
  found: LabelImage;
  /** The truth, numbered as `found` is. */
  truth: LabelImage;
  /** The score that `found` was made from; with several classes the probability of anything but background. */
  score: Image<Float32Array>;
  /** Measures of this image alone. */
  values: Array<[string, number]>;
}

/** The most validation images that are segmented. */
const MOST_IMAGES = 32;

/** The measures that are reported for each aim. */
const measuresOf: Record<Task["aim"], EvaluateMeasure[]> = {
  instances: ["f1", "seg"],
  membranes: ["vrand", "vinfo"],
  classes: ["miou"],
};

/** Segments validation images as the task says, and measures each; the best come first. */
export async function judge(
  model: LayersModel,
  samples: Samples,
  given: Task | undefined,
  signal?: AbortSignal,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (let index = 0; index < Math.min(samples.length, MOST_IMAGES); index++) {
    const sample = await samples.get(index);
    const classes = model.outputs[0].shape.at(-1) as number;
    const task = given ?? { ...plainTaskFor(classes), aim: sample.kind };
    const { labels: found, scores } = await segment(sample.image, model, { task, scores: true, signal });
    const truth = truthFor(task, sample);
    const names = measuresOf[task.aim];
    const [labels, expected] = task.aim === "membranes" ? [found, regions(truth)] : [found, truth];
    const probability = task.aim === "membranes" ? regionMap(found) : undefined;
    const values = startMeasures(names).add({ labels, probability, truth: expected });
    const counts: Judged["values"] =
      task.aim === "instances"
        ? [
            ["found", countOf(found)],
            ["true", countOf(truth)],
          ]
        : [];
    const measured = names.map((name): [string, number] => [name, values[name] ?? Number.NaN]);
    judged.push({
      sample,
      found,
      truth,
      score: scores.channels === 1 ? scores : foregroundOf(scores),
      values: [...counts, ...measured],
    });
  }
  return judged.sort((a, b) => goodness(b) - goodness(a));
}

/** The mean of the measures that have a value. */
function goodness({ values }: Judged): number {
  const told = values.filter(([name, value]) => name !== "found" && name !== "true" && !Number.isNaN(value));
  return told.reduce((sum, [, value]) => sum + value, 0) / told.length || 0;
}

function truthFor({ aim }: Task, { kind, labels }: Sample): LabelImage {
  if (aim === "classes") return kind === "classes" ? labels : regions(labels);
  if (kind === "instances") return aim === "membranes" ? separateTouching(labels) : labels;
  return connectedComponents(labels);
}

function regions(labels: LabelImage): LabelImage {
  return { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
}

function regionMap({ width, height, data }: LabelImage): Image<Float32Array> {
  return { width, height, channels: 1, data: Float32Array.from(data, (label) => Math.min(label, 1)) };
}

function countOf({ data }: LabelImage): number {
  return new Set(data.filter((label) => label > 0)).size;
}
