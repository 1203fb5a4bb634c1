import { mirrorIndex, type Rect } from "@unet/image";
import { blockKernel } from "./block-kernel.js";
import { cubicBases, interpolatingCoefficients } from "./cubic.js";
import type { Displacement } from "./mapping.js";

/** Displacements in px at the nodes of a coarse grid, row-major. */
export interface ControlGrid {
  readonly rows: number;
  readonly columns: number;
  readonly dy: ArrayLike<number>;
  readonly dx: ArrayLike<number>;
}

/**
 * The displacements that a coarse grid stands for. Separable: in each row of pixels the nodes are combined down each
 * column of the grid, which leaves for every span between two nodes a cubic polynomial in x.
 *
 * @throws RangeError where the grid doesn't hold rows × columns finite numbers or a size isn't of whole numbers
 */
export function gridDisplacement(
  control: ControlGrid,
  { width, height }: { width: number; height: number },
  interpolation: keyof typeof cubicBases,
): Displacement {
  check(control, width, height, interpolation);
  const { columns } = control;
  const [b0, b1, b2, b3] = cubicBases[interpolation];
  const step = width > 1 ? (columns - 1) / (width - 1) : 0;
  // the last span takes the last node too
  const ends = Array.from({ length: Math.max(columns - 1, 1) }, (_, span) =>
    span >= columns - 2 ? width : Math.min(Math.ceil((span + 1) / step), width),
  );
  const lines = [control.dy, control.dx].map((nodes) => combineRows(nodes, control, height, interpolation));
  const { displace } = blockKernel();

  const writeRow = (axis: 0 | 1, y: number, { x, width }: Rect, to: number) => {
    const line = lines[axis];
    let from = x;
    for (let span = ends.findIndex((end) => end > x); from < x + width; span++) {
      const at = y * (columns + 3) + span;
      const end = Math.min(ends[span], x + width);
      const [p0, p1, p2, p3] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
      const a0 = b0[0] * p0 + b0[1] * p1 + b0[2] * p2 + b0[3] * p3;
      const a1 = b1[0] * p0 + b1[1] * p1 + b1[2] * p2 + b1[3] * p3;
      const a2 = b2[0] * p0 + b2[1] * p1 + b2[2] * p2 + b2[3] * p3;
      const a3 = b3[0] * p0 + b3[1] * p1 + b3[2] * p2 + b3[3] * p3;
      displace(axis, to + from - x, end - from, from, step, span, a0, a1, a2, a3);
      from = end;
    }
  };

  return {
    width,
    height,
    write(block) {
      for (const axis of [0, 1] as const) {
        for (let i = 0; i < block.height; i++) writeRow(axis, block.y + i, block, i * block.width);
      }
    },
  };
}

/** For each row of pixels the nodes as they are there, with the mirrored one before and the two after. */
function combineRows(
  nodes: ArrayLike<number>,
  { rows, columns }: ControlGrid,
  height: number,
  interpolation: keyof typeof cubicBases,
): Float64Array {
  const [b0, b1, b2, b3] = cubicBases[interpolation];
  const values = Float64Array.from(nodes);
  if (interpolation === "bspline") interpolatingCoefficients(values, rows, columns);
  const step = height > 1 ? (rows - 1) / (height - 1) : 0;
  const stride = columns + 3;
  const mirrored = Int32Array.from({ length: stride }, (_, x) => mirrorIndex(x - 1, columns));
  const lines = new Float64Array(height * stride);
  for (let y = 0; y < height; y++) {
    const row = Math.min(Math.floor(y * step), Math.max(rows - 2, 0));
    const t = y * step - row;
    for (let i = 0; i < 4; i++) {
      const weight = b0[i] + t * (b1[i] + t * (b2[i] + t * b3[i]));
      const from = mirrorIndex(row - 1 + i, rows) * columns;
      for (let x = 0; x < stride; x++) lines[y * stride + x] += weight * values[from + mirrored[x]];
    }
  }
  return lines;
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
