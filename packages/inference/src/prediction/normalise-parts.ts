import {
  type ChannelScale,
  channelScales,
  type Image,
  type Normalisation,
  percentileScale,
  type Rect,
} from "@unet/image";
import { sortedValues } from "./sorted-values.js";
import { readPart, type WindowedSource } from "./source.js";

/** Pixels that are read at once for statistics. */
const WINDOW_PIXELS = 2 ** 22;

/**
 * The maps that normalise the parts of an image, from statistics of its whole: at once where it is small, otherwise
 * in one streaming pass that merges means and variances (Chan, Golub and LeVeque 1979) or counts integers.
 * Percentiles of floats take two passes.
 */
export async function partScales(
  source: WindowedSource,
  method: Normalisation,
  signal?: AbortSignal,
): Promise<(part: Image) => ChannelScale[]> {
  // These depend on the number type alone.
  if (method === "none" || method === "range") {
    return (part) => channelScales(part, method);
  }
  const windows = windowsOf(source);
  let scales: ChannelScale[];
  if (windows.length === 1) scales = channelScales(await readPart(source, windows[0], signal), method);
  else if (method === "z-score") scales = await zScores(source, windows, signal);
  else {
    const values = await sortedValues(source.channels, (visit) => scan(source, windows, visit, signal));
    const count = source.width * source.height;
    scales = values.map((valueAt) => percentileScale(count, valueAt));
  }
  return () => scales;
}

/** Windows that cover the image once, of whole blocks of the source, row by row. */
function windowsOf({ width, height, block = { width: 1, height: 1 } }: WindowedSource): Rect[] {
  const wide = block.width >= width ? width : Math.ceil(2048 / block.width) * block.width;
  const rows = Math.floor(WINDOW_PIXELS / Math.min(wide, width) / block.height);
  const high = Math.max(rows, 1) * block.height;
  const windows: Rect[] = [];
  for (let y = 0; y < height; y += high) {
    for (let x = 0; x < width; x += wide) {
      windows.push({ x, y, width: Math.min(wide, width - x), height: Math.min(high, height - y) });
    }
  }
  return windows;
}

async function scan(
  source: WindowedSource,
  windows: Rect[],
  visit: (part: Image) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const window of windows) visit(await readPart(source, window, signal));
}

async function zScores(
  source: WindowedSource,
  windows: Rect[],
  signal?: AbortSignal,
): Promise<ChannelScale[]> {
  let merged: ChannelScale[] | undefined;
  let count = 0;
  await scan(
    source,
    windows,
    (part) => {
      const scales = channelScales(part, "z-score");
      const more = part.width * part.height;
      merged = merged?.map((before, c) => merge(before, count, scales[c], more)) ?? scales;
      count += more;
    },
    signal,
  );
  return merged!;
}

/** Mean and deviation of two sets of pixels together. */
function merge(a: ChannelScale, countA: number, b: ChannelScale, countB: number): ChannelScale {
  const count = countA + countB;
  const squares = (scale: ChannelScale, n: number) =>
    Number.isFinite(scale.scale) ? n * scale.scale ** 2 : 0;
  const distance = b.offset - a.offset;
  const variance =
    (squares(a, countA) + squares(b, countB) + (distance ** 2 * countA * countB) / count) / count;
  return {
    offset: a.offset + (distance * countB) / count,
    scale: variance > 0 ? Math.sqrt(variance) : Number.POSITIVE_INFINITY,
  };
}
