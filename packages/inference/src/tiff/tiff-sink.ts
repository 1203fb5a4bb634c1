import type { Holds, PixelSize } from "@unet/image";
import type { LabelSink } from "../instances/labelling/label-instances-tiled.js";
import type { TileSink } from "../prediction/sink.js";
import { type TiffToWrite, tiffFile } from "./tiff-file.js";

/** Options of {@link tiffLabelSink}. */
export interface TiffLabelSinkOptions {
  /** The image's size, px. */
  width: number;
  height: number;
  /** Side of the file's tiles, or height of the bands that become strips, px, a multiple of 16. Default 256. */
  tile?: number;
  /** How large a pixel is; it is written down. */
  pixelSize?: PixelSize;
  /** Called with a line where ImageJ can't open the file by itself. */
  onNotice?: (notice: string) => void;
}

/** Options of {@link tiffSink}. */
export interface TiffSinkOptions extends TiffLabelSinkOptions {
  /** Channels of the scores: classes. */
  channels: number;
  /** What the scores are; it is written down. */
  holds?: Holds;
}

/**
 * A TIFF of float scores, compressed with Deflate, written as they come. Below 2 GiB before compression it is in strips,
 * each channel a page, as ImageJ opens it, and bands of `tile` rows wait in memory; larger ones are BigTIFF in tiles.
 * It has a temporary name until it is whole. Node only.
 *
 * @throws RangeError where `tile` is not a multiple of 16
 */
export async function tiffSink(path: string, options: TiffSinkOptions): Promise<TileSink> {
  const { tile = 256 } = options;
  return tiffFile(path, { ...options, tile, type: "float32" }, "tiffSink");
}

/**
 * A TIFF of labels as a sink of `labelInstancesTiled`: of 16 bits where they fit, otherwise signed integers of 32 bits;
 * otherwise like {@link tiffSink}.
 *
 * @throws RangeError where `tile` is not a multiple of 16
 */
export async function tiffLabelSink(path: string, options: TiffLabelSinkOptions): Promise<LabelSink> {
  const { tile = 256 } = options;
  const layout: TiffToWrite = { ...options, tile, channels: 1, type: "int32", holds: "labels" };
  const file = await tiffFile(path, layout, "tiffLabelSink");
  return {
    ...file,
    async write(rect, labels, _, count) {
      if (count !== undefined && count <= 65_535) layout.type = "uint16";
      await file.write(rect, labels);
    },
  };
}
