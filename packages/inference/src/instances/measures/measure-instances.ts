import type { Image, LabelImage, PixelSize, Rect } from "@unet/image";
import { assertChannel, assertParts } from "../labelling/channel.js";
import { ConvexHull } from "./convex-hull.js";
import { diameterOf, ellipseOf } from "./ellipse.js";
import { inMicrometres, type MicrometreMeasures, type Sides, sidesInMicrometres } from "./micrometres.js";
import { Perimeters } from "./perimeters.js";

/**
 * What is told of an object. Values are those of scikit-image's `regionprops` of the same name, in px and in radians; a
 * pixel's centre lies at whole numbers, that of the image's first pixel at (0, 0).
 */
export interface InstanceMeasures {
  label: number;
  /** Pixels. */
  area: number;
  /** The smallest rectangle that holds the object. */
  boundingBox: { x: number; y: number; width: number; height: number };
  /** Mean of its pixels' centres. */
  centroid: { x: number; y: number };
  /** Length of its border, where pixels that touch along sides count 1 and over corners √2; holes have a border, too. */
  perimeter: number;
  /** Diameter of the circle of its area. */
  equivalentDiameter: number;
  /** Axes of the ellipse with the same second moments. */
  axisMajorLength: number;
  axisMinorLength: number;
  /** Distance of that ellipse's foci by its major axis: 0 for a circle, below 1. */
  eccentricity: number;
  /** Angle from the image's y axis to the major axis, −π/2 … π/2: 0 stands upright, π/4 runs down to the right. */
  orientation: number;
  /** Its area by that of its convex hull, 1 for what is convex. */
  solidity: number;
  /** Grey values over its pixels for each channel, where the image was given. */
  intensity?: Intensity[];
  /** Mean score over its pixels, where scores were given. */
  meanScore?: number;
  /** The same in µm, where a pixel's size was given. */
  um?: MicrometreMeasures;
}

/** Grey values over an object's pixels. */
export interface Intensity {
  mean: number;
  min: number;
  max: number;
  sum: number;
}

/** Options of {@link instanceMeasurer}. */
export interface MeasureOptions {
  /** Which channel of the scores is averaged. Default 1, or 0 where there is but one. */
  channel?: number;
  /** How large a pixel is; where its unit is one of length, measures are told in µm, too. */
  pixelSize?: PixelSize;
}

/** Options of {@link measureInstances}. */
export interface MeasureInstancesOptions extends MeasureOptions {
  /** The image that the objects lie in, whose grey values are measured; of the labels' size. */
  image?: Image;
}

/** Measures objects part by part, see {@link instanceMeasurer}. */
export interface InstanceMeasurer {
  write(rect: Rect, labels: LabelImage, scores?: Image, image?: Image): void;
  /** What is known by now, in the order of the labels, as if the image ended here. */
  measures(): InstanceMeasures[];
}

/**
 * Area, box, centroid, perimeter, axes and more of each object, in the order of their labels, and what the scores and the
 * image are there.
 *
 * ```ts
 * const [first] = measureInstances(labels, scores, { image, pixelSize: { x: 0.5, y: 0.5, unit: "µm" } });
 * console.log(first.area, first.perimeter, first.um?.area, first.intensity?.[0].mean);
 * ```
 *
 * @param scores an image of the labels' size
 * @throws RangeError where sizes differ, or there is no such channel
 */
export function measureInstances(
  labels: LabelImage,
  scores?: Image,
  { image, ...options }: MeasureInstancesOptions = {},
): InstanceMeasures[] {
  const measurer = instanceMeasurer(options);
  measurer.write({ x: 0, y: 0, width: labels.width, height: labels.height }, labels, scores, image);
  return measurer.measures();
}

/**
 * {@link measureInstances} for labels that come part by part, as a sink of `labelInstancesTiled`: each part as wide as
 * the image, from top to bottom. Memory grows with the number of objects, not with the image.
 *
 * @throws RangeError in `write` for a part that doesn't follow the one before
 */
export function instanceMeasurer({ channel, pixelSize }: MeasureOptions = {}): InstanceMeasurer {
  const objects = new Map<number, ObjectSums>();
  const sides = sidesInMicrometres(pixelSize);
  let perimeters: Perimeters | undefined;
  let first: Rect | undefined;
  let bottom = 0;
  const write = (rect: Rect, labels: LabelImage, scores?: Image, image?: Image) => {
    const { width, height, data } = labels;
    const wanted = channel ?? Math.min(1, (scores?.channels ?? 1) - 1);
    assertParts("measureInstances", rect, [labels, scores, image]);
    if (scores) assertChannel(scores, wanted, "measureInstances");
    first ??= rect;
    if (rect.x !== first.x || width !== first.width || (rect !== first && rect.y !== bottom)) {
      const place = `${width} px from ${rect.x} on, row ${rect.y}`;
      throw new RangeError(
        `instanceMeasurer: parts must be as wide as the image and follow each other, ${first.width} px from ${first.x} on, row ${bottom}; got ${place}`,
      );
    }
    bottom = rect.y + height;
    perimeters ??= new Perimeters(width);
    for (let y = 0, i = 0; y < height; y++) {
      perimeters.next(data.subarray(i, i + width));
      for (let x = 0; x < width; ) {
        const label = data[i];
        const start = i;
        const left = x;
        for (; x < width && data[i] === label; x++) i++;
        if (label <= 0) continue;
        let sums = objects.get(label);
        if (!sums) {
          sums = new ObjectSums(rect.x + left, rect.y + y, image?.channels ?? 0);
          objects.set(label, sums);
        }
        sums.addRun(rect.y + y, rect.x + left, rect.x + x - 1);
        if (scores) sums.addScores(scores, wanted, start, i);
        if (image) sums.addValues(image, start, i);
      }
    }
  };
  return {
    write,
    measures() {
      const lengths = perimeters?.lengths();
      const sorted = [...objects].sort(([a], [b]) => a - b);
      return sorted.map(([label, sums]) => sums.measures(label, lengths!.get(label)!, sides));
    },
  };
}

/** Sums over the pixels of an object, run by run. */
class ObjectSums {
  area = 0;
  left: number;
  right: number;
  bottom: number;
  /** Moments about the object's first pixel: whole numbers that stay small enough to be exact. */
  x = 0;
  y = 0;
  xx = 0;
  xy = 0;
  yy = 0;
  score: number | undefined;
  readonly hull = new ConvexHull();
  readonly intensity: Intensity[];

  constructor(
    readonly x0: number,
    readonly y0: number,
    channels: number,
  ) {
    this.left = this.right = x0;
    this.bottom = y0;
    this.intensity = Array.from({ length: channels }, () => ({
      mean: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      sum: 0,
    }));
  }

  /** Takes the pixels from `left` to `right`, both included. */
  addRun(row: number, left: number, right: number): void {
    const [from, to, y] = [left - this.x0, right - this.x0, row - this.y0];
    const count = to - from + 1;
    const sum = (count * (from + to)) / 2;
    this.area += count;
    this.x += sum;
    this.y += count * y;
    this.xx += squaresTo(to) - squaresTo(from - 1);
    this.xy += sum * y;
    this.yy += count * y * y;
    this.left = Math.min(this.left, left);
    this.right = Math.max(this.right, right);
    this.bottom = row;
    this.hull.add(row, left, right);
  }

  addScores({ data, channels }: Image, channel: number, from: number, to: number): void {
    let sum = 0;
    for (let i = from; i < to; i++) sum += data[i * channels + channel];
    this.score = (this.score ?? 0) + sum;
  }

  addValues({ data, channels }: Image, from: number, to: number): void {
    for (const [c, values] of this.intensity.entries()) {
      for (let i = from * channels + c; i < to * channels; i += channels) {
        const value = data[i];
        values.sum += value;
        if (value < values.min) values.min = value;
        if (value > values.max) values.max = value;
      }
    }
  }

  measures(label: number, perimeter: number, sides: Sides | undefined): InstanceMeasures {
    const { area, left, right, y0, bottom, score, intensity } = this;
    const centroid = { x: (this.x0 * area + this.x) / area, y: (y0 * area + this.y) / area };
    const moments = {
      xx: (area * this.xx - this.x * this.x) / area ** 2,
      xy: (area * this.xy - this.x * this.y) / area ** 2,
      yy: (area * this.yy - this.y * this.y) / area ** 2,
    };
    const length = { perimeter, equivalentDiameter: diameterOf(area) };
    return {
      label,
      area,
      boundingBox: { x: left, y: y0, width: right + 1 - left, height: bottom + 1 - y0 },
      centroid,
      ...length,
      ...ellipseOf(moments),
      solidity: area / this.hull.area,
      ...(intensity.length > 0 && {
        intensity: intensity.map((values) => ({ ...values, mean: values.sum / area })),
      }),
      ...(score !== undefined && { meanScore: score / area }),
      ...(sides && { um: inMicrometres({ area, centroid, perimeter, moments }, sides) }),
    };
  }
}

/** 0² + 1² + … + n², for negative n as the formula has it: the difference of two is right for all. */
function squaresTo(n: number): number {
  return (n * (n + 1) * (2 * n + 1)) / 6;
}
