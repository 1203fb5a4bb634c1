import type { PixelSize } from "@unet/image";
import type { LabelSink } from "../instances/labelling/label-instances-tiled.js";
import type { TileSink } from "../prediction/sink.js";
import { zarrChunks } from "./zarr-chunks.js";
import type { RunIdentity } from "./zarr-layout.js";
import type { ZarrStore } from "./zarr-store.js";

/** Options of {@link zarrSink}. */
export interface ZarrSinkOptions {
  /** The image's size, px. */
  width: number;
  height: number;
  /** Channels of the scores: classes. */
  channels: number;
  /** Side of a chunk, px. Default 512. */
  chunk?: number;
  /**
   * How chunks are compressed. Default `"none"`: the last bits of floats look random, so that zstd saves
   * little and takes long.
   */
  compression?: "zstd" | "none";
  /**
   * What the scores depend on, such as `{ model: await networkChecksum(model), source: "a.tif, 3 MB", tile: "256" }`.
   * An interrupted run is taken up only where all of it is the same. Default: nothing is taken up; each chunk is made
   * again. A string stands for `{ run: … }`.
   */
  run?: RunIdentity | string;
  /** How large a pixel is. Default: not said, and 1 in the metadata. */
  pixelSize?: PixelSize;
  /** What the image is called in its metadata. Default `"scores"`. */
  name?: string;
  /** Is told in one line where the lock of a process that has ended is taken over. */
  onNotice?: (notice: string) => void;
}

/**
 * An OME-Zarr 0.5 of float scores, axes c, y, x. Each chunk is written once, as a whole; a run that was
 * interrupted, even by `kill -9`, is taken up where it stopped if its `run` is the same: `predictTiled` computes the
 * chunks that are not there, or whose checksum is wrong. A folder is called `….part` until it is complete.
 *
 * @param where a folder in Node, which must not exist, or a store
 * @throws Error where the folder exists, or its `.part` is of another run: what differs, and what to do
 */
export async function zarrSink(where: string | ZarrStore, options: ZarrSinkOptions): Promise<TileSink> {
  const { chunk = 512, compression = "none", name = "scores" } = options;
  return zarrChunks(where, {
    ...options,
    dtype: "float32",
    chunk,
    compression,
    name,
    run: identityOf(options),
  });
}

/** Options of {@link zarrLabelSink}. */
export interface ZarrLabelSinkOptions extends Omit<ZarrSinkOptions, "channels" | "compression"> {}

/**
 * An OME-Zarr 0.5 of labels, signed integers of 32 bits with axes y, x and `image-label` metadata, compressed with
 * zstd, as a sink of `labelInstancesTiled`. A folder is called `….part` until it is complete; a later run writes
 * over what an interrupted one left there.
 *
 * @param where a folder in Node, which must not exist, or a store
 * @throws Error where the folder exists, or its `.part` is of another run: what differs, and what to do
 */
export async function zarrLabelSink(
  where: string | ZarrStore,
  options: ZarrLabelSinkOptions,
): Promise<LabelSink> {
  const { width, height, chunk = 512, name = "labels", pixelSize, onNotice } = options;
  const size = { width, height, chunk, pixelSize, onNotice };
  return zarrChunks(where, { ...size, dtype: "int32", compression: "zstd", name, run: identityOf(options) });
}

function identityOf({ run }: { run?: RunIdentity | string }): RunIdentity | undefined {
  return typeof run === "string" ? { run } : run;
}
