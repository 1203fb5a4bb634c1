import { mirrorIndex, type Rect } from "@unet/image";
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

/** An {@link Affine} and a field composed, for sources of one size, with the mirror laid out in tables. */
export interface Mapping {
  readonly affine: Affine;
  readonly field: DisplacementField;
  readonly source: { readonly width: number; readonly height: number };
  /** `rows[y − top]` is the index of the first pixel of row y of the mirrored plane. */
  readonly rows: Int32Array;
  readonly top: number;
  /** `columns[x − left]` is the column of the source that column x of the mirrored plane shows. */
  readonly columns: Int32Array;
  readonly left: number;
}

/** Composes `affine` and `field`, and lays out as much of the mirrored source as they reach. */
export function createMapping(
  affine: Affine,
  field: DisplacementField,
  source: { width: number; height: number },
): Mapping {
  const { width, height } = field;
  const [top, bottom] = reach(affine.y0, affine.yy * (height - 1), affine.yx * (width - 1), field.dy);
  const [left, right] = reach(affine.x0, affine.xy * (height - 1), affine.xx * (width - 1), field.dx);
  return {
    affine,
    field,
    source,
    rows: mirroredLine(top, bottom, source.height, source.width),
    top,
    columns: mirroredLine(left, right, source.width, 1),
    left,
  };
}

/** The positions in the source, row `row` of the tile, of as many of its columns from `from` on as `ys` holds. */
export function positionsOfRow(
  { affine, field }: Mapping,
  row: number,
  from: number,
  ys: Float64Array,
  xs: Float64Array,
): void {
  const { yx, xx } = affine;
  const y = affine.y0 + affine.yy * row;
  const x = affine.x0 + affine.xy * row;
  const { dy, dx } = field;
  const offset = row * field.width;
  for (let i = 0; i < ys.length; i++) {
    const column = from + i;
    ys[i] = y + yx * column + dy[offset + column];
    xs[i] = x + xx * column + dx[offset + column];
  }
}

/** The rectangle of a whole tile. */
export function wholeOf({ width, height }: { width: number; height: number }): Rect {
  return { x: 0, y: 0, width, height };
}

function mirroredLine(from: number, to: number, size: number, stride: number): Int32Array {
  const line = new Int32Array(to - from + 1);
  for (let i = 0; i < line.length; i++) line[i] = mirrorIndex(from + i, size) * stride;
  return line;
}

/** First and last line that a cubic kernel may touch, on an axis that starts at `start`, and one to spare. */
function reach(start: number, down: number, across: number, displacements: Float32Array): [number, number] {
  let low = displacements[0];
  let high = low;
  for (let i = 1; i < displacements.length; i++) {
    const value = displacements[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const first = Math.floor(start + Math.min(0, down) + Math.min(0, across) + low) - 2;
  const last = Math.floor(start + Math.max(0, down) + Math.max(0, across) + high) + 3;
  return [first, last];
}
