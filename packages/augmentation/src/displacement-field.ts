import { mirrorIndex } from "@unet/image";
import { cubicBases, interpolatingCoefficients } from "./cubic.js";

/** Displacements in px at the nodes of a coarse grid, row-major. */
export interface ControlGrid {
  readonly rows: number;
  readonly columns: number;
  readonly dy: ArrayLike<number>;
  readonly dx: ArrayLike<number>;
}

/** A displacement in px for each pixel, row-major: out(y, x) = in(y + dy(y, x), x + dx(y, x)). */
export interface DisplacementField {
  readonly width: number;
  readonly height: number;
  readonly dy: Float32Array;
  readonly dx: Float32Array;
}

/** Options of {@link displacementField}. */
export interface DisplacementFieldOptions {
  /**
   * How displacements go on between the nodes, both through them and mirrored beyond the grid: `"bicubic"`
   * (default), cubic convolution with a = −0.5 (Keys 1981); `"bspline"`, the interpolating cubic spline.
   */
  interpolation?: "bicubic" | "bspline";
}

/**
 * The smooth displacement field of the paper's elastic deformation (section 3.1): a coarse grid of displacement
 * vectors, bicubic in between. The grid spans the field, its corner nodes on the corner pixels.
 *
 * Separable: once a row the nodes are combined down each column of the grid, which leaves for every span between
 * two nodes a cubic polynomial in x.
 *
 * @param control at least 1 × 1 nodes; a line of one node is constant
 * @param size of the field, px
 * @throws RangeError where `control` doesn't hold rows × columns finite numbers, `size` isn't of whole pixels or
 *   `interpolation` is unknown
 */
export function displacementField(
  control: ControlGrid,
  { width, height }: { width: number; height: number },
  { interpolation = "bicubic" }: DisplacementFieldOptions = {},
): DisplacementField {
  check(control, width, height, interpolation);
  const field = { width, height, dy: new Float32Array(width * height), dx: new Float32Array(width * height) };
  for (const axis of ["dy", "dx"] as const) interpolate(control, axis, interpolation, field);
  return field;
}

function interpolate(
  { rows, columns, ...nodes }: ControlGrid,
  axis: "dy" | "dx",
  interpolation: keyof typeof cubicBases,
  { width, height, ...out }: DisplacementField,
): void {
  const [b0, b1, b2, b3] = cubicBases[interpolation];
  const values = Float64Array.from(nodes[axis]);
  if (interpolation === "bspline") interpolatingCoefficients(values, rows, columns);
  const field = out[axis];
  const stepY = height > 1 ? (rows - 1) / (height - 1) : 0;
  const stepX = width > 1 ? (columns - 1) / (width - 1) : 0;
  const line = new Float64Array(columns);
  for (let y = 0; y < height; y++) {
    const row = Math.min(Math.floor(y * stepY), Math.max(rows - 2, 0));
    const t = y * stepY - row;
    line.fill(0);
    for (let i = 0; i < 4; i++) {
      const weight = b0[i] + t * (b1[i] + t * (b2[i] + t * b3[i]));
      const from = mirrorIndex(row - 1 + i, rows) * columns;
      for (let column = 0; column < columns; column++) line[column] += weight * values[from + column];
    }
    for (let column = 0, x = 0; x < width; column++) {
      const p0 = line[mirrorIndex(column - 1, columns)];
      const p1 = line[column];
      const p2 = line[mirrorIndex(column + 1, columns)];
      const p3 = line[mirrorIndex(column + 2, columns)];
      const a0 = b0[0] * p0 + b0[1] * p1 + b0[2] * p2 + b0[3] * p3;
      const a1 = b1[0] * p0 + b1[1] * p1 + b1[2] * p2 + b1[3] * p3;
      const a2 = b2[0] * p0 + b2[1] * p1 + b2[2] * p2 + b2[3] * p3;
      const a3 = b3[0] * p0 + b3[1] * p1 + b3[2] * p2 + b3[3] * p3;
      // the last span takes the last node too
      const end = column >= columns - 2 ? width : Math.min(Math.ceil((column + 1) / stepX), width);
      for (; x < end; x++) {
        const u = x * stepX - column;
        field[y * width + x] = a0 + u * (a1 + u * (a2 + u * a3));
      }
    }
  }
}

function check({ rows, columns, dy, dx }: ControlGrid, width: number, height: number, interpolation: string) {
  if (!(interpolation in cubicBases)) {
    throw new RangeError(
      `displacementField: interpolation must be "bicubic" or "bspline", got "${interpolation}"`,
    );
  }
  if (![rows, columns, width, height].every((side) => Number.isInteger(side) && side >= 1)) {
    throw new RangeError(
      `displacementField: grid and size must be whole numbers of at least 1, got ${rows} × ${columns} nodes for ${width} × ${height} px`,
    );
  }
  for (const [name, values] of Object.entries({ dy, dx })) {
    if (values.length !== rows * columns || !Array.from(values).every(Number.isFinite)) {
      throw new RangeError(
        `displacementField: control.${name} must hold ${rows} × ${columns} finite numbers, got ${values.length}`,
      );
    }
  }
}
