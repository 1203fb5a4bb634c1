/**
 * OME-Zarr images as sources and sinks of `predictTiled`, and as sinks of `labelInstancesTiled`, read and written chunk by chunk.
 *
 * @module
 */
export type { RunIdentity } from "./zarr/zarr-layout.js";
export {
  type ZarrLabelSinkOptions,
  type ZarrSinkOptions,
  zarrLabelSink,
  zarrSink,
} from "./zarr/zarr-sink.js";
export {
  type OpenZarrOptions,
  openZarr,
  type ZarrImage,
  type ZarrSource,
  type ZarrSourceOptions,
  zarrSource,
} from "./zarr/zarr-source.js";
export { fileStore, type ZarrStore } from "./zarr/zarr-store.js";
