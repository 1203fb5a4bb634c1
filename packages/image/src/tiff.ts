/**
 * TIFF files that are read part by part, so that they never need to be in memory as a whole.
 *
 * @module
 */
import { openBytes } from "./bytes/byte-source.js";
import type { ImageSource } from "./bytes/files.js";
import { type ImageFile, type ImageReader, type OpenImagesOptions, openFile } from "./file/image-file.js";

/** A TIFF whose images are read part by part. */
export interface TiffFile extends ImageFile {
  /** Opens one, to read parts of it: a plane of all its channels. */
  page(index: number): Promise<TiffReader>;
}

/** One image that is read part by part. */
export type TiffReader = ImageReader;

/**
 * Opens a TIFF, BigTIFF or OME-TIFF to read parts of it: a path in Node, an address whose server answers
 * range requests, a `Blob`, or bytes; a PNG or JPEG is read as a whole. It stays open until `close`.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws RangeError where the file has no such plane
 */
export async function openTiff(source: ImageSource, options: OpenImagesOptions = {}): Promise<TiffFile> {
  const file = await openFile(source, options, () => openBytes(source));
  return Object.assign(file, { page: (index: number) => file.open(index) });
}

export { imageJDescription } from "./codec/tiff/imagej-description.js";
export { type PageToWrite, TIFF_HEADER, tiffDirectories } from "./codec/tiff/tiff-directory.js";
