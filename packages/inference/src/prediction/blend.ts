import type { Image, Rect, TileGeometry } from "@unet/image";
import { leastCommonMultiple } from "./divisors.js";
import { type PlannedTile, type PlanOptions, planTiles } from "./plan-tiles.js";
import type { TileSink } from "./sink.js";

/** Tiles that overlap by half of their output, and the size of that output, px. */
export interface BlendPlan {
  tiles: PlannedTile[];
  width: number;
  height: number;
}

/** Tiles for {@link blendingSink}: rows of tiles from the left to the right, the rows from above down. */
export function planBlended(
  image: { width: number; height: number },
  geometry: TileGeometry,
  options: PlanOptions,
): BlendPlan {
  // No pixel of such a network is exact, so that none is left out.
  const whole = geometry.padding === "valid" ? geometry : { ...geometry, margin: 0 };
  const [{ input }] = planTiles(image, whole, options);
  const [width, height] = [geometry.outputSize(input.width), geometry.outputSize(input.height)];
  const { block = 1 } = options;
  const unit = leastCommonMultiple(geometry.multiple, typeof block === "number" ? block : block.height);
  const rows = startsOf(image.height, height, unit);
  const columns = startsOf(image.width, width, geometry.multiple);
  const tiles = rows.flatMap((y) =>
    columns.map((x) => ({
      input: { ...input, x: x - whole.margin, y: y - whole.margin },
      output: {
        x,
        y,
        width: Math.min(width, image.width - x),
        height: Math.min(height, image.height - y),
      },
    })),
  );
  return { tiles, width, height };
}

function startsOf(size: number, output: number, unit: number): number[] {
  const step = Math.max(Math.floor(output / 2 / unit), 1) * unit;
  const starts = [0];
  while (starts.at(-1)! + output < size) starts.push(starts.at(-1)! + step);
  return starts;
}

/**
 * Averages the scores of overlapping tiles with Gaussian weights (σ an eighth of the tile), and hands what is
 * finished on to `sink` in strips as wide as the image. Holds one row of tiles: memory grows with the image's
 * width, not with its height.
 */
export function blendingSink(
  sink: TileSink,
  image: { width: number; height: number; channels: number },
  plan: BlendPlan,
): TileSink {
  const [across, down] = [gaussian(plan.width), gaussian(plan.height)];
  const { width, channels } = image;
  const size = width * Math.min(plan.height, image.height);
  const sums = new Float32Array(size * channels);
  const weights = new Float32Array(size);
  /** The image's row that the sums begin with. */
  let top = 0;

  /** Hands on the rows above `row`, and moves what is below up. */
  const finish = async (row: number) => {
    const height = row - top;
    const pixels = width * height;
    const data = sums.slice(0, pixels * channels);
    for (let i = 0, to = 0; i < pixels; i++) for (let c = 0; c < channels; c++) data[to++] /= weights[i];
    const strip: Image<Float32Array> = { width, height, channels, data };
    await sink.write({ x: 0, y: top, width, height }, strip);
    sums.copyWithin(0, pixels * channels).fill(0, (size - pixels) * channels);
    weights.copyWithin(0, pixels).fill(0, size - pixels);
    top = row;
  };
  const add = ({ x, y, width: wide, height }: Rect, { data }: Image<Float32Array>) => {
    for (let v = 0, from = 0; v < height; v++) {
      for (let u = 0, to = (y - top + v) * width + x; u < wide; u++, to++) {
        const weight = down[v] * across[u];
        weights[to] += weight;
        for (let c = 0; c < channels; c++) sums[to * channels + c] += weight * data[from++];
      }
    }
  };
  return {
    async write(rect, scores) {
      if (rect.y > top) await finish(rect.y);
      add(rect, scores);
      const isLast = rect.y + rect.height === image.height && rect.x + rect.width === width;
      if (isLast) await finish(image.height);
    },
    close: (complete) => sink.close?.(complete),
  };
}

function gaussian(size: number): Float32Array {
  const centre = (size - 1) / 2;
  return Float32Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - centre) / (size / 8)) ** 2));
}
