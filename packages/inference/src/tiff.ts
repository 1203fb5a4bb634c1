/**
 * TIFF and OME-TIFF files as sources and sinks of `predictTiled`, and as sinks of `labelInstancesTiled`, read and written part by part.
 *
 * @module
 */

export {
  type TiffLabelSinkOptions,
  type TiffSinkOptions,
  tiffLabelSink,
  tiffSink,
} from "./tiff/tiff-sink.js";
export { type TiffSource, type TiffSourceOptions, tiffSource } from "./tiff/tiff-source.js";
