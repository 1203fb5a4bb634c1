import { assertLabels, type LabelImage } from "../image.js";
import { areaTaps, assertSize, type Size } from "./taps.js";

/**
 * Labels at another size: of the area that a pixel covers the label that covers most of it, of equals the largest.
 * `IGNORE` (−1) counts as any other.
 *
 * @returns a new label image
 * @throws RangeError where a size isn't a whole number of at least 1
 */
export function resizeLabels(labels: LabelImage, { width, height }: Size): LabelImage {
  assertLabels(labels, "resizeLabels");
  assertSize({ width, height }, "resizeLabels");
  const columns = Array.from({ length: width }, (_, x) => areaTaps(x, labels.width, width));
  const out = new Int32Array(width * height);
  const seen: number[] = [];
  const areas: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    const rows = areaTaps(y, labels.height, height);
    for (const { first, weights } of columns) {
      seen.length = 0;
      for (let v = 0; v < rows.weights.length; v++) {
        const from = (rows.first + v) * labels.width + first;
        for (let u = 0; u < weights.length; u++) {
          const label = labels.data[from + u];
          const area = rows.weights[v] * weights[u];
          const known = seen.indexOf(label);
          if (known >= 0) areas[known] += area;
          else areas[seen.push(label) - 1] = area;
        }
      }
      out[i++] = mostFrequent(seen, areas);
    }
  }
  return { width, height, data: out };
}

function mostFrequent(labels: number[], areas: number[]): number {
  let best = 0;
  for (let k = 1; k < labels.length; k++) {
    if (areas[k] > areas[best] || (areas[k] === areas[best] && labels[k] > labels[best])) best = k;
  }
  return labels[best];
}
