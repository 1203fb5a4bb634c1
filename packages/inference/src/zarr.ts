/**
 * OME-Zarr images as sources and sinks of `predictTiled`, read and written chunk by chunk.
 *
 * @module
 */
export { type ZarrSinkOptions, zarrSink } from "./zarr-sink.js";
export { type ZarrSourceOptions, zarrSource } from "./zarr-source.js";
export { fileStore, type ZarrStore } from "./zarr-store.js";
