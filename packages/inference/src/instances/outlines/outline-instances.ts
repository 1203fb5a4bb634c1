import type { Image, LabelImage, Rect } from "@unet/image";
import { assertChannel, assertParts } from "../labelling/channel.js";
import type { MeasureOptions } from "../measures/measure-instances.js";
import { OutlineTracer } from "./outline-tracer.js";
import type { Polygons } from "./polygons.js";

/** One object as GeoJSON (RFC 7946). */
export interface InstanceFeature {
  type: "Feature";
  id: number;
  geometry:
    | { type: "Polygon"; coordinates: Polygons[number] }
    | { type: "MultiPolygon"; coordinates: Polygons };
  /** Label, pixels and, where scores were given, mean score. */
  properties: { id: number; area: number; score?: number; [more: string]: unknown };
}

/** The objects of an image as GeoJSON (RFC 7946). */
export interface InstanceCollection {
  type: "FeatureCollection";
  features: InstanceFeature[];
}

/** Options of {@link outlineInstances} and {@link instanceOutliner}. */
export type OutlineOptions = Pick<MeasureOptions, "channel">;

/** Outlines objects part by part, see {@link instanceOutliner}. */
export interface InstanceOutliner {
  write(rect: Rect, labels: LabelImage, scores?: Image): void;
  /** Says that there are no further rows. */
  end(): void;
}

/**
 * The outlines of objects as GeoJSON, in the order of their labels: polygons along the pixels' edges, with holes.
 *
 * Coordinates are pixels from the image's top left corner, x to the right and y down; pixel (x, y) is the square
 * from (x, y) to (x + 1, y + 1), its centre (x + ½, y + ½). Outer rings are counterclockwise in the sense of RFC
 * 7946, whose y points up: Σ(xᵢyᵢ₊₁ − xᵢ₊₁yᵢ) > 0, on the screen clockwise. No ring touches itself: parts of an
 * object that meet at corners only make a MultiPolygon.
 *
 * @param scores an image of the labels' size
 */
export function outlineInstances(
  labels: LabelImage,
  scores?: Image,
  options?: OutlineOptions,
): InstanceCollection {
  const features = new Map<number, InstanceFeature>();
  const outliner = instanceOutliner(
    labels,
    (feature) => {
      const known = features.get(feature.id);
      if (known) feature.geometry = geometryOf([...polygonsIn(known), ...polygonsIn(feature)]);
      features.set(feature.id, feature);
    },
    options,
  );
  outliner.write({ x: 0, y: 0, width: labels.width, height: labels.height }, labels, scores);
  outliner.end();
  return { type: "FeatureCollection", features: [...features.values()].sort((a, b) => a.id - b.id) };
}

/**
 * {@link outlineInstances} for labels that come part by part, as a sink of `labelInstancesTiled`: each object is
 * told as soon as a row lacks it, and forgotten. An object must not come again below, as connected ones never do.
 */
export function instanceOutliner(
  { width }: { width: number },
  onFeature: (feature: InstanceFeature) => void,
  { channel }: OutlineOptions = {},
): InstanceOutliner {
  const sums = new Map<number, { area: number; score: number }>();
  const tracer = new OutlineTracer(width, (label, polygons) => {
    const { area, score } = sums.get(label)!;
    onFeature({
      type: "Feature",
      id: label,
      geometry: geometryOf(polygons),
      properties: { id: label, area, ...(!Number.isNaN(score) && { score: score / area }) },
    });
  });
  return {
    write(rect, labels, scores) {
      if (rect.x !== 0 || rect.width !== width) {
        throw new RangeError(
          `instanceOutliner: parts must be as wide as the image, ${width}, got ${rect.width} from ${rect.x} on`,
        );
      }
      const wanted = channel ?? Math.min(1, (scores?.channels ?? 1) - 1);
      assertParts("instanceOutliner", rect, [labels, scores]);
      if (scores) assertChannel(scores, wanted, "instanceOutliner");
      for (const [i, label] of labels.data.entries()) {
        if (label <= 0) continue;
        const sum = sums.get(label) ?? { area: 0, score: 0 };
        if (sum.area === 0) sums.set(label, sum);
        sum.area++;
        sum.score += scores ? scores.data[i * scores.channels + wanted] : Number.NaN;
      }
      for (let y = 0; y < rect.height; y++) tracer.next(labels.data.subarray(y * width, (y + 1) * width));
    },
    end: () => tracer.end(),
  };
}

function geometryOf(polygons: Polygons): InstanceFeature["geometry"] {
  if (polygons.length === 1) return { type: "Polygon", coordinates: polygons[0] };
  return { type: "MultiPolygon", coordinates: polygons };
}

function polygonsIn({ geometry }: InstanceFeature): Polygons {
  return geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
}
