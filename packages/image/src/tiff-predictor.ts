import type { Raster } from "./raster.js";

/**
 * Undoes TIFF's horizontal differencing (predictor 2) in place: each value was stored as its difference from
 * the one to its left in the same channel, anew in each tile and row, modulo the range of its type.
 *
 * @param data interleaved rows of `width` pixels
 */
export function addDifferences(
  data: Raster["data"],
  width: number,
  channels: number,
  tileWidth: number,
): void {
  const row = width * channels;
  const tile = tileWidth * channels;
  for (let start = 0; start < data.length; start += row) {
    for (let i = 0; i < row; i++) if (i % tile >= channels) data[start + i] += data[start + i - channels];
  }
}
