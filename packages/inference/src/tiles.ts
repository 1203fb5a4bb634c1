import type { Rect } from "@unet/image";

/** How the sizes of a network's input and output belong together, along either axis, in px. */
export interface TileGeometry {
  padding: "valid" | "same";
  /** The output's size for an input's; throws RangeError for sizes that the network can't take. */
  outputSize(input: number): number;
  /** The smallest size that the network takes and whose output is at least `atLeastOutput`. */
  inputSize(atLeastOutput: number): number;
  /**
   * Context that an output pixel needs on each side: (input − output) / 2 for valid convolutions; for padded
   * ones half the receptive field, rounded up to a multiple of `multiple`.
   */
  margin: number;
  /** The shifts under which the network is equivariant, and the step between its sizes: 2^depth. */
  multiple: number;
}

/** One tile: what the network is given, and the part of the image that it answers for. */
export interface Tile {
  /** Where the network's input lies; it may reach beyond the image, which is mirrored there. */
  input: Rect;
  /** The pixels that are taken from its output, always inside the image. */
  output: Rect;
}

/** Options of {@link planTiles}. */
export interface PlanOptions {
  /** Side of a tile's input, px, or its width and height. Default: by `memory`. */
  tileSize?: number | { width: number; height: number };
  /** Bytes that a tile's computation may take. Default 1 GiB. */
  memory?: number;
  /** Bytes that the network takes for a pixel of input. Default 3000, about the paper's with 64 filters. */
  bytesPerPixel?: number;
}

/**
 * The tiles that cover an image (overlap-tile strategy, Ronneberger et al. 2015, figure 2). Their outputs
 * start at multiples of 2^depth from the image's corner, since pooling is equivariant only to such shifts,
 * so that what is stitched equals one pass over the mirrored whole; every pixel is in exactly one output.
 *
 * @throws RangeError where the image is empty or the network can't take `tileSize`
 */
export function planTiles(
  { width, height }: { width: number; height: number },
  geometry: TileGeometry,
  options: PlanOptions = {},
): Tile[] {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`planTiles: ${name} must be a whole number of at least 1, got ${size}`);
    }
  }
  const columns = cutAxis(width, geometry, largestInput(width, geometry, options, "width"));
  const rows = cutAxis(height, geometry, largestInput(height, geometry, options, "height"));
  return rows.flatMap((row) =>
    columns.map((column) => ({
      input: { x: column.from, y: row.from, width: column.input, height: row.input },
      output: { x: column.start, y: row.start, width: column.size, height: row.size },
    })),
  );
}

/** How many pixels of an input of this size are exact in the output. */
export function usableOutput(input: number, geometry: TileGeometry): number {
  const output = geometry.outputSize(input);
  return geometry.padding === "valid" ? output : output - 2 * geometry.margin;
}

/** The smallest input of which `pixels` of the output are exact. */
export function inputFor(pixels: number, geometry: TileGeometry): number {
  return geometry.inputSize(geometry.padding === "valid" ? pixels : pixels + 2 * geometry.margin);
}

/** The largest side of a tile that is allowed and of use. */
function largestInput(
  size: number,
  geometry: TileGeometry,
  { tileSize, memory = 2 ** 30, bytesPerPixel = 3000 }: PlanOptions,
  axis: "width" | "height",
): number {
  if (tileSize !== undefined) {
    const asked = typeof tileSize === "number" ? tileSize : tileSize[axis];
    if (usableOutput(asked, geometry) < geometry.multiple && asked < inputFor(size, geometry)) {
      const least = inputFor(geometry.multiple, geometry);
      throw new RangeError(
        `planTiles: a tile of ${asked} px has too small an output to step by ${geometry.multiple}; the smallest is ${least}`,
      );
    }
    return asked;
  }
  const side = Math.floor(Math.sqrt(memory / bytesPerPixel));
  const least = inputFor(Math.min(size, geometry.multiple), geometry);
  const steps = Math.floor((side - least) / geometry.multiple);
  return Math.min(inputFor(size, geometry), least + geometry.multiple * Math.max(steps, 0));
}

interface Segment {
  /** Where the input begins, and its size. */
  from: number;
  input: number;
  /** Where the output begins, and how much of it is taken. */
  start: number;
  size: number;
}

/**
 * Cuts an axis into as few parts as inputs of `largest` allow, of nearly one size each, so that no tile
 * computes much that is then dropped.
 */
function cutAxis(size: number, geometry: TileGeometry, largest: number): Segment[] {
  const { margin, multiple } = geometry;
  const usable = usableOutput(largest, geometry);
  const whole = usable >= size;
  const step = Math.floor(usable / multiple) * multiple;
  const count = whole ? 1 : Math.ceil(size / step);
  const even = whole ? size : Math.ceil(size / count / multiple) * multiple;
  const input = inputFor(even, geometry);
  const segments: Segment[] = [];
  for (let start = 0; start < size; start += even) {
    segments.push({ from: start - margin, input, start, size: Math.min(even, size - start) });
  }
  return segments;
}
