import { type ChannelScale, channelScales, type Normalisation } from "@unet/image";
import type { WindowedSource } from "./source.js";

/** Rows of a window that is read for statistics, times its width: pixels in memory at once. */
const WINDOW_PIXELS = 2 ** 22;

/**
 * The maps that normalise an image, from its whole: read at once where it is small, or needs sorting;
 * otherwise in one streaming pass that merges means and variances (Chan, Golub and LeVeque 1979).
 */
export async function scalesOfSource(source: WindowedSource, method: Normalisation): Promise<ChannelScale[]> {
  const { width, height, channels, read } = source;
  const whole = { x: 0, y: 0, width, height };
  const small = width * height <= WINDOW_PIXELS;
  if (small || method === "percentile") return channelScales(await read.call(source, whole), method);
  const rows = Math.max(1, Math.floor(WINDOW_PIXELS / width));
  let merged: ChannelScale[] | undefined;
  for (let y = 0; y < height; y += rows) {
    const part = { x: 0, y, width, height: Math.min(rows, height - y) };
    const scales = channelScales(await read.call(source, part), method);
    if (!merged || method !== "z-score") merged = scales;
    else merged = merged.map((before, c) => merge(before, y * width, scales[c], part.height * width));
  }
  return merged ?? Array.from({ length: channels }, () => ({ offset: 0, scale: 1 }));
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
