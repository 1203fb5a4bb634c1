import { assertImage, type Image } from "@unet/image";

/**
 * Otsu's threshold (1979) of the first channel: the grey value that splits the histogram into two classes
 * of greatest variance between them. Values above it are the bright class. A baseline to compare with, not
 * a measure.
 *
 * @returns the largest value of the dark class, in steps of 1/256 of the range
 */
export function otsuThreshold(image: Image): number {
  assertImage(image, "otsuThreshold");
  const { channels, data } = image;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i += channels) {
    low = Math.min(low, data[i]);
    high = Math.max(high, data[i]);
  }
  if (!(high > low)) return low;
  const bins = 256;
  const counts = new Float64Array(bins);
  const binOf = (value: number) => Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
  for (let i = 0; i < data.length; i += channels) counts[binOf(data[i])]++;
  const total = data.length / channels;
  const mean = counts.reduce((sum, count, bin) => sum + count * bin, 0) / total;
  let [best, bestVariance, below, belowSum] = [0, -1, 0, 0];
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    belowSum += counts[bin] * bin;
    if (below === 0 || below === total) continue;
    // Between-class variance, up to a constant factor.
    const variance = (mean * below - belowSum) ** 2 / (below * (total - below));
    if (variance > bestVariance) [best, bestVariance] = [bin, variance];
  }
  return low + ((best + 1) * (high - low)) / bins;
}
