/** A map of straight lines to straight lines, y = y₀ + yy·i + yx·j and x = x₀ + xy·i + xx·j for row i and column j. */
export interface Affine {
  readonly y0: number;
  readonly x0: number;
  readonly yy: number;
  readonly yx: number;
  readonly xy: number;
  readonly xx: number;
}

/** Every pixel of a tile from its own place. */
export const identity: Affine = { y0: 0, x0: 0, yy: 1, yx: 0, xy: 0, xx: 1 };
