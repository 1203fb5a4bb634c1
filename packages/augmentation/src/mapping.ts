import type { Rect } from "@unet/image";
import type { DisplacementField } from "./displacement-field.js";

/**
 * Where each pixel of a tile comes from: y = y₀ + yy·i + yx·j + dy(i, j) and x = x₀ + xy·i + xx·j + dx(i, j) for
 * the pixel of row i and column j.
 */
export interface Affine {
  readonly y0: number;
  readonly x0: number;
  readonly yy: number;
  readonly yx: number;
  readonly xy: number;
  readonly xx: number;
}

/** Every pixel of a field from its own place. */
export const identity: Affine = { y0: 0, x0: 0, yy: 1, yx: 0, xy: 0, xx: 1 };

/** An {@link Affine} and a field composed. */
export interface Mapping {
  readonly affine: Affine;
  readonly field: DisplacementField;
}

/** The rectangle of a whole tile. */
export function wholeOf({ width, height }: { width: number; height: number }): Rect {
  return { x: 0, y: 0, width, height };
}
