import { assertImage, blurGaussian, type Image } from "@unet/image";
import { assertChannel, channelOf } from "./channel.js";
import { type Border, mergeRegions } from "./merge-regions.js";
import { splitByWatershed } from "./watershed.js";

/** Options of {@link ultrametricContours}. */
export interface ContourOptions {
  /** Which channel of the scores is the probability of cell. Default 1. */
  channel?: number;
  /** Deviation of the Gaussian by which scores are smoothed before basins are looked for, px. Default 2. */
  smoothing?: number;
  /** How far two basins must both rise above the saddle between them, in smoothed score. Default 0.15. */
  depth?: number;
}

/** By how much an average of probabilities may be beside 0 to 1. */
const ROUNDING = 1e-5;

/**
 * Closes the gaps of borders: an ultrametric contour map (Arbeláez et al. 2011, doi:10.1109/TPAMI.2010.161) of the
 * probability of cell.
 *
 * A threshold joins two cells as soon as one pixel of the membrane between them is missed. Here the image is divided
 * into basins by a watershed of the smoothed scores, and basins are merged by the **mean** score along all of their
 * common border, the highest first: a gap counts for no more than its length. The map is 1 within basins, and on
 * the pixels where two of them meet the mean at which they became one. Each threshold of it is a segmentation,
 * and those of higher thresholds divide those of lower ones: `labelInstances(map, { channel: 0, threshold })`, or
 * `vRand(map, truth)`. Borders are lines of one pixel; how thick a membrane is, the scores themselves say.
 *
 * Two regions stay apart where the mean along their border is no higher than the threshold, so a good one is lower than
 * that of single pixels: on ISBI 2012 0.2 to 0.4. Choose it on validation images.
 *
 * @param scores probabilities, 0 to 1, e.g. what `predictTiled` returns for membranes in electron microscopy
 * @returns one channel of the same size; memory is about 40 bytes a pixel
 * @throws RangeError where there is no such channel, an option is impossible, or a score isn't 0 to 1
 */
export function ultrametricContours(
  scores: Image,
  { channel = 1, smoothing = 2, depth = 0.15 }: ContourOptions = {},
): Image<Float32Array> {
  assertImage(scores, "ultrametricContours");
  const { width, height } = scores;
  for (const [name, value] of Object.entries({ smoothing, depth })) {
    if (!(value >= 0)) throw new RangeError(`ultrametricContours: ${name} must be 0 or more, got ${value}`);
  }
  const cell = probabilityOf(scores, channel);
  const smoothed = { width, height, channels: 1, data: cell.slice() };
  blurGaussian(smoothed, smoothing);
  const everywhere = new Uint8Array(cell.length).fill(1);
  const basins = splitByWatershed(everywhere, width, height, smoothed.data, depth);

  const borders = new Map<number, Border>();
  meetings(basins.labels, width, height, (i, j, isDiagonal) => {
    if (isDiagonal) return;
    const [a, b] = [basins.labels[i], basins.labels[j]];
    const pair = Math.min(a, b) * (basins.count + 1) + Math.max(a, b);
    const { sum, length } = borders.get(pair) ?? { sum: 0, length: 0 };
    borders.set(pair, { regions: [a, b], sum: sum + (cell[i] + cell[j]) / 2, length: length + 1 });
  });
  const joinedAt = mergeRegions(basins.count, [...borders.values()]);

  const data = new Float32Array(cell.length).fill(1);
  meetings(basins.labels, width, height, (i, j) => {
    data[i] = Math.min(data[i], joinedAt(basins.labels[i], basins.labels[j]));
  });
  return { width, height, channels: 1, data };
}

/** Visits each pair of neighbours in different regions once, `i` before `j` in raster order. */
function meetings(
  regions: ArrayLike<number>,
  width: number,
  height: number,
  visit: (i: number, j: number, isDiagonal: boolean) => void,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const look = (j: number, isDiagonal: boolean) => {
        if (regions[i] !== regions[j]) visit(i, j, isDiagonal);
      };
      if (x + 1 < width) look(i + 1, false);
      if (y + 1 === height) continue;
      if (x > 0) look(i + width - 1, true);
      look(i + width, false);
      if (x + 1 < width) look(i + width + 1, true);
    }
  }
}

/** The channel as floats; 8 and 16 bits are shares of their largest value. */
function probabilityOf(scores: Image, channel: number): Float32Array {
  assertChannel(scores, channel, "ultrametricContours");
  const { width, height, data } = scores;
  const scale = data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : 1;
  const out = channelOf(scores, { x: 0, y: 0, width, height }, channel).map((value) => value / scale);
  const wrong = out.findIndex((value) => !(value >= -ROUNDING && value <= 1 + ROUNDING));
  if (wrong >= 0) {
    const at = `x ${wrong % width}, y ${Math.floor(wrong / width)}`;
    throw new RangeError(`ultrametricContours: scores must be 0 to 1, got ${out[wrong]} at ${at}`);
  }
  return out;
}
