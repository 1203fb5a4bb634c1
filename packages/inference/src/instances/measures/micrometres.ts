import { metresOf, type PixelSize } from "@unet/image";
import { diameterOf, ellipseOf, type Moments } from "./ellipse.js";

/** An object's measures in µm and µm². */
export interface MicrometreMeasures {
  area: number;
  /** From the centre of the image's first pixel. */
  centroid: { x: number; y: number };
  /** Only where pixels are square. */
  perimeter?: number;
  equivalentDiameter: number;
  axisMajorLength: number;
  axisMinorLength: number;
}

/** A pixel's sides, µm. */
export interface Sides {
  x: number;
  y: number;
}

/** A pixel's sides in µm, where its unit is one of length. */
export function sidesInMicrometres(size: PixelSize | undefined): Sides | undefined {
  const metres = size && metresOf(size.unit);
  if (!metres) return undefined;
  const inMicrometres = (length: number) => (size.unit === "µm" ? length : length * (metres / 1e-6));
  return { x: inMicrometres(size.x), y: inMicrometres(size.y) };
}

/** Measures in px as what they are in µm. */
export function inMicrometres(
  measures: { area: number; centroid: { x: number; y: number }; perimeter: number; moments: Moments },
  { x, y }: Sides,
): MicrometreMeasures {
  const area = measures.area * x * y;
  const { xx, xy, yy } = measures.moments;
  const { axisMajorLength, axisMinorLength } = ellipseOf({ xx: xx * x * x, xy: xy * x * y, yy: yy * y * y });
  return {
    area,
    centroid: { x: measures.centroid.x * x, y: measures.centroid.y * y },
    ...(x === y && { perimeter: measures.perimeter * x }),
    equivalentDiameter: diameterOf(area),
    axisMajorLength,
    axisMinorLength,
  };
}
