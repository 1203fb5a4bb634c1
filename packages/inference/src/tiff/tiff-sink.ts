import type { LabelSink } from "../instances/label-instances-tiled.js";
import type { TileSink } from "../sink.js";
import { tiffTiles } from "./tiff-tiles.js";

/** Options of {@link tiffLabelSink}. */
export interface TiffLabelSinkOptions {
  /** The image's size, px. */
  width: number;
  height: number;
  /** Side of the file's tiles, px, a multiple of 16. Default 256. */
  tile?: number;
}

/** Options of {@link tiffSink}. */
export interface TiffSinkOptions extends TiffLabelSinkOptions {
  /** Channels of the scores: classes. */
  channels: number;
}

/**
 * A TIFF of float scores in tiles compressed with Deflate, written as they come; beyond 4 GiB before
 * compression it is a BigTIFF. It has a temporary name until it is whole. Node only.
 *
 * @throws RangeError where `tile` is not a multiple of 16
 */
export async function tiffSink(path: string, options: TiffSinkOptions): Promise<TileSink> {
  const { tile = 256 } = options;
  return tiffTiles(path, { ...options, tile, type: "float32" }, "tiffSink");
}

/**
 * A TIFF of labels, signed integers of 32 bits, as a sink of `labelInstancesTiled`: otherwise like {@link tiffSink}.
 *
 * @throws RangeError where `tile` is not a multiple of 16
 */
export async function tiffLabelSink(path: string, options: TiffLabelSinkOptions): Promise<LabelSink> {
  const { tile = 256 } = options;
  return tiffTiles(path, { ...options, tile, channels: 1, type: "int32" }, "tiffLabelSink");
}
