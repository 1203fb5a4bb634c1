import type { Image, LabelImage, Rect } from "@unet/image";
import { assertChannel } from "./channel.js";

/** What is told of an object. */
export interface InstanceMeasures {
  label: number;
  /** Pixels. */
  area: number;
  /** The smallest rectangle that holds the object, px. */
  boundingBox: { x: number; y: number; width: number; height: number };
  /** Mean of its pixels' centres, px; the centre of the image's first pixel is (0, 0). */
  centroid: { x: number; y: number };
  /** Mean score over its pixels, where scores were given. */
  meanScore?: number;
}

/** Options of {@link measureInstances} and {@link instanceMeasurer}. */
export interface MeasureOptions {
  /** Which channel of the scores is averaged. Default 1, or 0 where there is but one. */
  channel?: number;
}

/** Measures objects part by part, see {@link instanceMeasurer}. */
export interface InstanceMeasurer {
  write(rect: Rect, labels: LabelImage, scores?: Image): void;
  /** What is known by now, in the order of the labels. */
  measures(): InstanceMeasures[];
  /** What is known by now of one object, if anything. */
  measuresOf(label: number): InstanceMeasures | undefined;
}

/**
 * Area, bounding box, centroid and mean score of each object, in the order of their labels.
 *
 * @param scores an image of the labels' size
 */
export function measureInstances(
  labels: LabelImage,
  scores?: Image,
  options?: MeasureOptions,
): InstanceMeasures[] {
  const measurer = instanceMeasurer(options);
  measurer.write({ x: 0, y: 0, width: labels.width, height: labels.height }, labels, scores);
  return measurer.measures();
}

/** {@link measureInstances} for labels that come part by part, as a sink of `labelInstancesTiled`. */
export function instanceMeasurer({ channel }: MeasureOptions = {}): InstanceMeasurer {
  const sums = new Map<number, Sums>();
  const write = (rect: Rect, labels: LabelImage, scores?: Image) => {
    const { width, height, data } = labels;
    const channels = scores?.channels ?? 1;
    const wanted = channel ?? Math.min(1, channels - 1);
    assertParts(rect, labels, scores, wanted);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; ) {
        const label = data[i];
        const start = x;
        let score = 0;
        for (; x < width && data[i] === label; x++, i++) {
          if (scores && label > 0) score += scores.data[i * channels + wanted];
        }
        if (label > 0) add(label, rect.x + start, rect.x + x, rect.y + y, scores ? score : Number.NaN);
      }
    }
  };
  const add = (label: number, start: number, end: number, y: number, score: number) => {
    let sum = sums.get(label);
    if (!sum) {
      sum = { area: 0, x: 0, y: 0, score: 0, left: start, top: y, right: end, bottom: y + 1 };
      sums.set(label, sum);
    }
    const count = end - start;
    sum.area += count;
    sum.x += (count * (start + end - 1)) / 2;
    sum.y += count * y;
    sum.score += score;
    sum.left = Math.min(sum.left, start);
    sum.top = Math.min(sum.top, y);
    sum.right = Math.max(sum.right, end);
    sum.bottom = Math.max(sum.bottom, y + 1);
  };
  return {
    write,
    measures: () => [...sums].sort(([a], [b]) => a - b).map(([label, sum]) => measuresFrom(label, sum)),
    measuresOf(label) {
      const sum = sums.get(label);
      return sum && measuresFrom(label, sum);
    },
  };
}

/** Sums over the pixels of an object; right and bottom lie just beyond it. */
interface Sums {
  area: number;
  x: number;
  y: number;
  /** NaN without scores. */
  score: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function measuresFrom(
  label: number,
  { area, x, y, score, left, top, right, bottom }: Sums,
): InstanceMeasures {
  return {
    label,
    area,
    boundingBox: { x: left, y: top, width: right - left, height: bottom - top },
    centroid: { x: x / area, y: y / area },
    ...(!Number.isNaN(score) && { meanScore: score / area }),
  };
}

function assertParts(rect: Rect, labels: LabelImage, scores: Image | undefined, channel: number): void {
  for (const { width, height } of [labels, scores ?? labels]) {
    if (width === rect.width && height === rect.height) continue;
    throw new RangeError(
      `measureInstances: labels and scores must be of one size, ${rect.width} × ${rect.height}, got ${width} × ${height}`,
    );
  }
  if (scores) assertChannel(scores, channel, "measureInstances");
}
