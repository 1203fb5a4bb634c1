import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { segment, type Task } from "@unet/inference";
import { randomScores } from "./random-scores.js";
import { smallUNet } from "./small-unet.js";

/** What the small network is for. */
export const smallTask: Task = {
  aim: "instances",
  scale: 0.7,
  out: { score: [0.1, 0.9], threshold: 0.5, split: "scores", minimumSize: 4, fillHoles: true },
};

/** A small network whose probabilities are neither 0 nor 1 nearly everywhere, with its task. */
export function smallSegmenter(seed: 6 | 16, task?: Task): LayersModel {
  const model = smallUNet({ padding: "valid", depth: 2, seed });
  const [kernel, bias] = model.weights.slice(-2).map((weight) => weight.read());
  const scale = seed === 6 ? 1 / 150 : 1 / 100;
  const shift = tf.tensor1d(seed === 6 ? [0, -1.2] : [0, 1]);
  for (const [i, values] of [tf.mul(kernel, scale), tf.add(tf.mul(bias, scale), shift)].entries()) {
    model.weights[model.weights.length - 2 + i].write(values);
    values.dispose();
  }
  shift.dispose();
  model.setUserDefinedMetadata({ normalisation: "z-score", ...(task && { task }) });
  return model;
}

/** What {@link smallSegmentation} makes. */
export const smallResult = { checksum: "d2db34723eb5c706", objects: 95, largest: 117 };

/** The same segmentation wherever it is made: a checksum of its labels, and each object's area. */
export async function smallSegmentation(): Promise<typeof smallResult> {
  const model = smallSegmenter(6, smallTask);
  const { labels, table } = await segment(randomScores(3, 61, 47, 2), model);
  model.dispose();
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", labels.data as Int32Array<ArrayBuffer>));
  return {
    checksum: [...sum.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    objects: table.length,
    largest: Math.max(...table.map(({ area }) => area)),
  };
}
