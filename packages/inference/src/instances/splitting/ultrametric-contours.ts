import { assertImage, type Image } from "@unet/image";
import { assertChannel, channelOf } from "../labelling/channel.js";
import { assertBasinOptions, basinsOf, bordersOf, meetings } from "./basins.js";
import { joinedAt, mergeRegions } from "./merge-regions.js";

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
  assertBasinOptions({ smoothing, depth }, "ultrametricContours");
  const { width, height } = scores;
  const cell = probabilityOf(scores, channel);
  const everywhere = new Uint8Array(cell.length).fill(1);
  const basins = basinsOf(cell, everywhere, width, height, { smoothing, depth });
  const tree = mergeRegions(basins.count, bordersOf(basins, cell, width, height));

  const data = new Float32Array(cell.length).fill(1);
  meetings(basins.labels, width, height, (i, j) => {
    data[i] = Math.min(data[i], joinedAt(tree, basins.labels[i], basins.labels[j]));
  });
  return { width, height, channels: 1, data };
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
