import { randomAt } from "@unet/image";
import { segment } from "@unet/inference";
import { instanceScores, segMeasure, vInfo, vRand } from "@unet/metrics";

/** Of objects: where a found and a true one are one. */
export const overlaps = [0.5, 0.6, 0.7, 0.75, 0.8, 0.9];
const half = { thresholds: [0.5] };

/** How a result is scored, by the aim: what is counted of each image, and measures by name of the counts of several. */
const scorers = {
  instances: {
    count: (found, { labels }) => ({
      objects: instanceScores.count(found, labels, { thresholds: overlaps }),
      seg: segMeasure.count(found, labels),
    }),
    pool(counts) {
      const { perThreshold } = instanceScores.pool(
        counts.map(({ objects }) => objects),
        { thresholds: overlaps },
      );
      const ap = perThreshold.map(({ threshold, averagePrecision }) => [
        `AP at IoU ${threshold}`,
        averagePrecision,
      ]);
      return {
        ...Object.fromEntries(ap),
        "F1 at IoU 0.5": perThreshold[0].f1,
        SEG: segMeasure.pool(counts.map(({ seg }) => seg)).score,
      };
    },
  },
  membranes: {
    count(found, { labels }) {
      const inside = Float32Array.from(found.data, (label) => Math.min(label, 1));
      const truth = { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
      const map = { width: found.width, height: found.height, channels: 1, data: inside };
      return { rand: vRand.count(map, truth, half), info: vInfo.count(map, truth, half) };
    },
    pool: (counts) => ({
      "V^Rand": vRand.pool(
        counts.map(({ rand }) => rand),
        half,
      ).score,
      "V^Info": vInfo.pool(
        counts.map(({ info }) => info),
        half,
      ).score,
    }),
  },
};

/**
 * Segments images as a network is meant to, and counts what is right in each.
 *
 * @param {import("@tensorflow/tfjs-layers").LayersModel} model
 * @param {import("@unet/datasets").Dataset} samples
 * @param {string} aim
 * @param {(done: number) => void} [onDone]
 */
export async function countImages(model, samples, aim, onDone) {
  const counts = [];
  for (let i = 0; i < samples.length; i++) {
    const sample = await samples.get(i);
    const { labels } = await segment(sample.image, model);
    counts.push(countsOf(labels, sample, aim));
    onDone?.(i + 1);
  }
  return counts;
}

/** What is counted of one image's result. */
export function countsOf(found, sample, aim) {
  return scorers[aim].count(found, sample);
}

/** How often images are drawn anew for an interval. */
const DRAWS = 1000;

/**
 * Measures by name, of all images together, each with the interval that holds 95 % of what the same number of images,
 * drawn from them with replacement, would have.
 *
 * @returns {Record<string, { value: number, low: number, high: number }>}
 */
export function scoresOf(counts, aim) {
  const { pool } = scorers[aim];
  const drawn = Array.from({ length: DRAWS }, (_, draw) => {
    const random = randomAt(0, "bootstrap", draw);
    return pool(counts.map(() => counts[Math.floor(random() * counts.length)]));
  });
  return Object.fromEntries(
    Object.entries(pool(counts)).map(([name, value]) => {
      const sorted = drawn.map((one) => one[name]).sort((a, b) => a - b);
      const [low, high] = [0.025, 0.975].map((share) => sorted[Math.round(share * (DRAWS - 1))]);
      return [name, rounded({ value, low, high })];
    }),
  );
}

/** Numbers as they are told: three digits behind the point. */
function rounded(numbers) {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value.toFixed(3))]));
}
