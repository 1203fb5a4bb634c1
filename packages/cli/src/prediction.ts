import { type Image, type LabelImage, readStack, type Sample } from "@unet/image";
import { labelInstances, predictTiled } from "@unet/inference";
import { tell } from "./command.js";
import { UsageError } from "./errors.js";
import { Progress } from "./progress.js";
import { openRun } from "./run.js";

/** What is evaluated: labels, and the foreground's probabilities where they are known. */
export interface Prediction {
  labels: LabelImage[];
  /** One channel, 0 … 1. */
  probabilities?: Image<Float32Array>[];
}

/** Segments the samples with the model of a run. */
export async function predictWith(
  run: string,
  samples: Sample[],
  { channel, quiet }: { channel: number; quiet?: boolean },
): Promise<Prediction> {
  const model = await openRun(run);
  const progress = quiet ? undefined : new Progress("predicting", samples.length, "images");
  try {
    const probabilities: Image<Float32Array>[] = [];
    for (const { image } of samples) {
      probabilities.push(channelOf(await predictTiled(image, model), channel));
      progress?.update(probabilities.length);
    }
    return { probabilities, labels: labelsOf(probabilities, samples[0].kind) };
  } finally {
    progress?.stop();
    model.dispose();
  }
}

/**
 * Reads a prediction: float images and 8-bit ones that hold more than the classes 0 and 1 are probabilities
 * of the foreground where the truth is of classes; else the numbers are labels.
 */
export async function readPrediction(path: string, kind: "classes" | "instances"): Promise<Prediction> {
  const pages = await readStack(path, { onNotice: tell });
  for (const { channels } of pages) {
    if (channels !== 1)
      throw new UsageError(`${path} has ${channels} channels; give one channel of probabilities or labels`);
  }
  const float = pages.some(({ data }) => data instanceof Float32Array);
  const grey = kind === "classes" && pages.some(({ data }) => data.some((value) => value > 1));
  if (!float && !grey) {
    return {
      labels: pages.map(({ width, height, data }) => ({ width, height, data: Int32Array.from(data) })),
    };
  }
  const probabilities = pages.map(({ width, height, channels, data }) => {
    const largest = data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : 1;
    return { width, height, channels, data: Float32Array.from(data, (value) => value / largest) };
  });
  return { probabilities, labels: labelsOf(probabilities, kind) };
}

/** Class 1 where the probability is at least 0.5; its connected objects where the truth is of instances. */
function labelsOf(probabilities: Image<Float32Array>[], kind: "classes" | "instances"): LabelImage[] {
  if (kind === "instances") return probabilities.map((image) => labelInstances(image, { channel: 0 }));
  return probabilities.map(({ width, height, data }) => ({
    width,
    height,
    data: Int32Array.from(data, (value) => (value >= 0.5 ? 1 : 0)),
  }));
}

/** One channel of an image as an image. */
export function channelOf(
  { width, height, channels, data }: Image<Float32Array>,
  channel: number,
): Image<Float32Array> {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = data[i * channels + channel];
  return { width, height, channels: 1, data: values };
}
