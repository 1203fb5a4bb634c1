/**
 * From scores to objects, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
import { assertImage, connectedComponents, type Image, type LabelImage } from "@unet/image";
import { distanceToBackground } from "./distance-to-background.js";
import { splitByWatershed } from "./watershed.js";

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
  /** Whether background that an object encloses becomes its own. Default false. */
  fillHoles?: boolean;
  /** Whether to split joined objects, see {@link WatershedOptions}; true takes the defaults. Default false. */
  watershed?: boolean | WatershedOptions;
}

/** How joined objects are split. */
export interface WatershedOptions {
  /** Split at narrow places (`"distance"` to the background, default) or at low `"scores"`. */
  on?: "distance" | "scores";
  /** How far both parts must rise above the saddle between them. Default 1 px of distance, 0.1 of score. */
  depth?: number;
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
  const { channel = 1, threshold = 0.5, connectivity = 4, minimumSize = 0 } = options;
  const { fillHoles = false, watershed = false } = options;
  const { width, height, channels, data } = scores;
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw new RangeError(`labelInstances: channel must be 0 to ${channels - 1}, got ${channel}`);
  }
  if (!(minimumSize >= 0))
    throw new RangeError(`labelInstances: minimumSize must be 0 or more, got ${minimumSize}`);
  const heights = new Float32Array(width * height);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) {
    heights[i] = data[i * channels + channel];
    mask[i] = heights[i] >= threshold ? 1 : 0;
  }
  if (fillHoles) fill(mask, width, height, connectivity);
  let objects = connectedComponents({ width, height, data: Int32Array.from(mask) }, { connectivity });
  if (watershed) {
    const { on = "distance", depth = on === "distance" ? 1 : 0.1 } = watershed === true ? {} : watershed;
    const landscape = on === "distance" ? distanceToBackground(mask, width, height) : heights;
    objects = splitByWatershed(objects, landscape, depth);
  }
  return minimumSize > 0 ? dropSmall(objects, minimumSize) : objects;
}

/** What {@link measureInstances} tells of an object. */
export interface InstanceMeasures {
  label: number;
  /** Pixels. */
  area: number;
  /** The smallest rectangle that holds the object, px. */
  boundingBox: { x: number; y: number; width: number; height: number };
  /** Mean of its pixels' centres, px. */
  centroid: { x: number; y: number };
  /** Mean score over its pixels, where scores were given. */
  meanScore?: number;
}

/**
 * Area, bounding box, centroid and mean score of each object, in the order of their labels.
 *
 * @param scores one float channel of the labels' size, or the channel given
 */
export function measureInstances(
  { width, data }: LabelImage,
  scores?: Image,
  { channel = scores && scores.channels > 1 ? 1 : 0 }: { channel?: number } = {},
): InstanceMeasures[] {
  const sums = new Map<number, { area: number; x: number; y: number; score: number; box: number[] }>();
  for (let i = 0; i < data.length; i++) {
    const label = data[i];
    if (label <= 0) continue;
    const x = i % width;
    const y = (i - x) / width;
    let sum = sums.get(label);
    if (!sum) {
      sum = { area: 0, x: 0, y: 0, score: 0, box: [x, y, x, y] };
      sums.set(label, sum);
    }
    sum.area++;
    sum.x += x;
    sum.y += y;
    if (scores) sum.score += scores.data[i * scores.channels + channel];
    sum.box = [Math.min(sum.box[0], x), sum.box[1], Math.max(sum.box[2], x), y];
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(
      ([
        label,
        {
          area,
          x,
          y,
          score,
          box: [left, top, right, bottom],
        },
      ]) => ({
        label,
        area,
        boundingBox: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
        centroid: { x: x / area, y: y / area },
        ...(scores && { meanScore: score / area }),
      }),
    );
}

/** The most probable class of each pixel; the first where several are equal. */
export function argMax({ width, height, channels, data }: Image): LabelImage {
  const out = new Int32Array(width * height);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[i * channels + c] > data[i * channels + best]) best = c;
    out[i] = best;
  }
  return { width, height, data: out };
}

/** Background that is not connected to the image's border, with the connectivity that objects don't have. */
function fill(mask: Uint8Array, width: number, height: number, connectivity: 4 | 8): void {
  const background = Int32Array.from(mask, (inside) => 1 - inside);
  const { data } = connectedComponents(
    { width, height, data: background },
    { connectivity: connectivity === 4 ? 8 : 4 },
  );
  const open = new Set<number>();
  for (let x = 0; x < width; x++) open.add(data[x]).add(data[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) open.add(data[y * width]).add(data[y * width + width - 1]);
  for (let i = 0; i < mask.length; i++) if (data[i] > 0 && !open.has(data[i])) mask[i] = 1;
}

function dropSmall({ width, height, data }: LabelImage, minimumSize: number): LabelImage {
  const areas = new Map<number, number>();
  for (const label of data) if (label > 0) areas.set(label, (areas.get(label) ?? 0) + 1);
  const numbers = new Map<number, number>();
  const out = data.map((label) => {
    if (label <= 0 || areas.get(label)! < minimumSize) return 0;
    if (!numbers.has(label)) numbers.set(label, numbers.size + 1);
    return numbers.get(label)!;
  });
  return { width, height, data: out };
}
