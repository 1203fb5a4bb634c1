import { assertLabels, type LabelImage } from "@unet/image";
import { instantiate } from "./two-nearest.wasm.js";

/** The nearest and the second nearest cell of every pixel, row-major. */
export interface TwoNearest {
  /** Distance d₁ to the nearest cell, px; 0 inside a cell, Infinity where there is no cell. */
  readonly first: Float32Array;
  /** Distance d₂ to the nearest cell other than `firstLabel`, px; Infinity where there is none. */
  readonly second: Float32Array;
  /** The nearest cell; 0 where there is none. */
  readonly firstLabel: Int32Array;
  /** The second nearest cell; 0 where there is none. */
  readonly secondLabel: Int32Array;
}

/** Options of {@link twoNearestDistances}. */
export interface TwoNearestOptions {
  /** Height and width of a pixel, in any unit; distances are in it. Default `[1, 1]`: distances in px. */
  spacing?: readonly [y: number, x: number];
  /** Cells farther than this count as missing, which saves time where cells are few. Default Infinity. */
  maxDistance?: number;
}

/**
 * Exact Euclidean distances from each pixel's centre to the nearest pixel centre of the nearest and of the
 * second nearest cell: d₁ and d₂ of the paper's weight map (section 3, equation 2). Of equally near cells
 * either may come first. Background and `IGNORE` pixels are no cells.
 *
 * Separable, as the distance transform of Meijster, Roerdink and Hesselink (2000), carried on to two labels;
 * linear in the number of pixels, whatever the number of cells:
 *
 * 1. Down and up each column, every pixel learns the nearest two different cells of its column. No third can
 *    matter: leaving out any one cell leaves at least one of the two, the nearest of what remains.
 * 2. Along each row, a cell pixel is its own nearest. In each gap between cells the lower envelope of the
 *    columns' parabolas (x − c)² + g(c)², which is the lower convex hull of the points (c, c² + g(c)²), gives d₁.
 * 3. That splits the row into runs of pixels with one nearest cell. For each run, the envelope of all *other*
 *    cells gives d₂. Only columns between two sites can take part: the site of the pixel before the run and that
 *    of the pixel after it. Those are nearest of all cells there, hence of all other cells, and the nearest site
 *    never moves left as x grows. Sites of a row being in order, a column is in at most two such spans, or an
 *    end of them. Those two sites also bound how far a column's cell may be to matter.
 *
 * Rows are solved in WebAssembly (`assembly/two-nearest.ts`), whose memory holds a few rows whatever the image.
 *
 * @param labels an instance map; for a class map, its connected components
 * @throws RangeError where `spacing` isn't two positive numbers or `maxDistance` is none
 */
export function twoNearestDistances(
  labels: LabelImage,
  { spacing = [1, 1], maxDistance = Number.POSITIVE_INFINITY }: TwoNearestOptions = {},
): TwoNearest {
  assertLabels(labels, "twoNearestDistances");
  check(spacing, maxDistance);
  const { width, height, data } = labels;
  const kernel = startKernel(width, spacing, maxDistance);
  const result = {
    first: new Float32Array(width * height),
    second: new Float32Array(width * height),
    firstLabel: new Int32Array(width * height),
    secondLabel: new Int32Array(width * height),
  };
  // on the way down the distances are whole rows
  const found = [result.first, result.second, result.firstLabel, result.secondLabel].map(
    ({ buffer }) => new Int32Array(buffer),
  );

  kernel.restart();
  for (let offset = 0; offset < data.length; offset += width) {
    kernel.labels.set(data.subarray(offset, offset + width));
    kernel.carry();
    for (const [i, row] of kernel.carried.entries()) found[i].set(row, offset);
  }
  kernel.restart();
  for (let offset = data.length - width; offset >= 0; offset -= width) {
    kernel.labels.set(data.subarray(offset, offset + width));
    for (const [i, row] of kernel.solved.entries()) row.set(found[i].subarray(offset, offset + width));
    kernel.solve();
    for (const [i, row] of kernel.solved.entries()) found[i].set(row, offset);
  }
  return result;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  prepare(width: number, aspect: number, unit: number, maxDistance: number): number;
  start(): number;
  restart(): void;
  carry(): void;
  solve(): void;
}

let shared: Exports | undefined;

/** The kernel for rows of `width` pixels, with views of the rows that it reads and writes. */
function startKernel(width: number, [y, x]: readonly [number, number], maxDistance: number) {
  shared ??= instantiate() as unknown as Exports;
  const { memory, restart, carry, solve } = shared;
  const rowBytes = shared.prepare(width, y / x, x, maxDistance / x);
  const start = shared.start();
  const [labels, ...rows] = Array.from(
    { length: 9 },
    (_, row) => new Int32Array(memory.buffer, start + row * rowBytes, width),
  );
  return { restart, carry, solve, labels, carried: rows.slice(0, 4), solved: rows.slice(4) };
}

function check(spacing: readonly number[], maxDistance: number): void {
  if (spacing.length !== 2 || !spacing.every((side) => side > 0 && Number.isFinite(side))) {
    throw new RangeError(
      `twoNearestDistances: spacing must be two positive numbers, [y, x], got [${spacing.join(", ")}]`,
    );
  }
  if (!(maxDistance > 0)) {
    throw new RangeError(`twoNearestDistances: maxDistance must be a positive number, got ${maxDistance}`);
  }
}
