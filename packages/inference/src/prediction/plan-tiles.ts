import type { Rect, TileGeometry } from "@unet/image";
import { leastCommonMultiple } from "./divisors.js";

/** One tile: what the network is given, and the part of the image that it answers for. */
export interface PlannedTile {
  /** Where the network's input lies; it may reach beyond the image, which is mirrored there. */
  input: Rect;
  /** The pixels that are taken from its output, always inside the image. */
  output: Rect;
}

/** Options of {@link planTiles}. */
export interface PlanOptions {
  /** Side of a tile's input, px, or its width and height. Default: what `memory` allows. */
  tileSize?: number | { width: number; height: number };
  /** Bytes that the computation of a tile may take. Default 1 GiB, or what the smallest tile needs. */
  memory?: number;
  /** Bytes that the network takes for a pixel of input. Default 3000, about the paper's with 64 filters. */
  bytesPerPixel?: number;
  /** Pixels of input that a tile may have, whatever memory there is. Default: any number. */
  maxPixels?: number;
  /** Outputs start at multiples of it too, px: the chunks of where they are written. Default 1. */
  block?: number | { width: number; height: number };
}

/**
 * The tiles that cover an image (overlap-tile strategy, Ronneberger et al. 2015, figure 2). Their outputs
 * start at multiples of 2^depth from the image's corner, since pooling is equivariant only to such shifts,
 * so that what is stitched equals one pass over the mirrored whole; every pixel is in exactly one output.
 *
 * Of all grids whose tiles fit into the memory, it is the one whose inputs have the fewest pixels in total,
 * and of those the one with the fewest tiles. All tiles of a row or column are of one size but the last.
 *
 * @throws RangeError where the image is empty, the network can't take `tileSize`, or the least possible tile
 *   needs more than `memory` or `maxPixels`; it names what is needed
 */
export function planTiles(
  { width, height }: { width: number; height: number },
  geometry: TileGeometry,
  options: PlanOptions = {},
): PlannedTile[] {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`planTiles: ${name} must be a whole number of at least 1, got ${size}`);
    }
  }
  const { tileSize, block = 1 } = options;
  const [columns, rows] = (["width", "height"] as const).map((side) => {
    const size = side === "width" ? width : height;
    const unit = leastCommonMultiple(geometry.multiple, sideOf(block, side));
    const asked = tileSize === undefined ? undefined : sideOf(tileSize, side);
    return asked === undefined ? cutsOf(size, geometry, unit) : [cutAt(asked, size, geometry, unit)];
  });
  const [across, down] = cheapest(columns, rows, options);
  return segmentsOf(height, down, geometry).flatMap((row) =>
    segmentsOf(width, across, geometry).map((column) => ({
      input: { x: column.from, y: row.from, width: column.input, height: row.input },
      output: { x: column.start, y: row.start, width: column.size, height: row.size },
    })),
  );
}

/** How many pixels of an input of this size are exact in the output. */
function usableOutput(input: number, geometry: TileGeometry): number {
  const output = geometry.outputSize(input);
  return geometry.padding === "valid" ? output : output - 2 * geometry.margin;
}

/** The smallest input of which `pixels` of the output are exact. */
export function inputFor(pixels: number, geometry: TileGeometry): number {
  return geometry.inputSize(geometry.padding === "valid" ? pixels : pixels + 2 * geometry.margin);
}

/** A way to cut an axis: `count` parts, `step` apart. */
interface Cut {
  count: number;
  step: number;
  /** The largest input. */
  largest: number;
  /** All inputs together. */
  total: number;
}

/**
 * The ways to cut an axis, from the smallest parts to one: for each number of parts the one with the
 * smallest, whose inputs are no more in total than any other's.
 */
function cutsOf(size: number, geometry: TileGeometry, unit: number): Cut[] {
  const cuts: Cut[] = [];
  const least = inputFor(Math.min(unit, size), geometry);
  for (let input = least; cuts.at(-1)?.count !== 1; input += geometry.multiple) {
    const cut = cutAt(input, size, geometry, unit);
    if (cut.count !== cuts.at(-1)?.count) cuts.push(cut);
  }
  return cuts;
}

/** The cut whose inputs have at most `most` px: parts as far apart as that allows; the last may use all of it. */
function cutAt(most: number, size: number, geometry: TileGeometry, unit: number): Cut {
  const usable = usableOutput(most, geometry);
  if (usable >= size) {
    const whole = inputFor(size, geometry);
    return { count: 1, step: size, largest: whole, total: whole };
  }
  const step = Math.floor(usable / unit) * unit;
  if (step === 0) {
    throw new RangeError(
      `planTiles: a tile of ${most} px has too small an output to step by ${unit}; the smallest is ${inputFor(unit, geometry)}`,
    );
  }
  const count = 1 + Math.ceil((size - usable) / step);
  const input = inputFor(step, geometry);
  const last = inputFor(size - (count - 1) * step, geometry);
  return { count, step, largest: Math.max(input, last), total: (count - 1) * input + last };
}

/** The pair of cuts with the least input of those that fit, by columns and rows. */
function cheapest(columns: Cut[], rows: Cut[], options: PlanOptions): [Cut, Cut] {
  const { tileSize, bytesPerPixel = 3000, maxPixels = Number.POSITIVE_INFINITY } = options;
  const [width, height] = [columns[0].largest, rows[0].largest];
  const least = width * height;
  // A tile that was asked for by its size is held to a budget only where one was given.
  const usual = tileSize === undefined ? 2 ** 30 : 0;
  const { memory } = options;
  // In pixels: bytes for so many, divided by those of one, may be a little less than so many.
  const affordable = memory === undefined ? Math.max(usual / bytesPerPixel, least) : memory / bytesPerPixel;
  const most = Math.min(affordable, maxPixels);
  let best: [Cut, Cut] | undefined;
  for (const column of columns) {
    const row = rows.findLast(({ largest }) => column.largest * largest <= most);
    if (row && (!best || isCheaper([column, row], best))) best = [column, row];
  }
  if (best) return best;
  throw new RangeError(
    least > maxPixels
      ? `planTiles: the smallest tile has ${width} × ${height} px of input, and the backend's largest buffer or texture holds a network's maps for ${maxPixels} px`
      : `planTiles: memory must be at least ${Math.ceil(least * bytesPerPixel)} bytes for the smallest tile, of ${width} × ${height} px of input, got ${memory}`,
  );
}

function isCheaper([a, b]: [Cut, Cut], [c, d]: [Cut, Cut]): boolean {
  const difference = a.total * b.total - c.total * d.total;
  return difference < 0 || (difference === 0 && a.count * b.count < c.count * d.count);
}

interface Segment {
  /** Where the input begins, and its size. */
  from: number;
  input: number;
  /** Where the output begins, and how much of it is taken. */
  start: number;
  size: number;
}

function segmentsOf(size: number, { count, step }: Cut, geometry: TileGeometry): Segment[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * step;
    const taken = i === count - 1 ? size - start : step;
    return { from: start - geometry.margin, input: inputFor(taken, geometry), start, size: taken };
  });
}

function sideOf(value: number | { width: number; height: number }, side: "width" | "height"): number {
  return typeof value === "number" ? value : value[side];
}
