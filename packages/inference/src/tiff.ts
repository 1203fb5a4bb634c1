/**
 * TIFF and OME-TIFF files as sources and sinks of `predictTiled`, read and written part by part.
 *
 * @module
 */

export { type TiffSinkOptions, tiffSink } from "./tiff-sink.js";
export { type TiffSource, type TiffSourceOptions, tiffSource } from "./tiff-source.js";
