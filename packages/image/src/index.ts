export type { ImageSource } from "./bytes/files.js";
export type { Holds } from "./codec/holds.js";
export { type Length, metresOf, type PixelSize, pixelSizeOf } from "./codec/pixel-size.js";
export { chosenAlong, type PlaneChoice } from "./codec/planes.js";
export { encodePng, type PngOptions } from "./codec/png/png.js";
export type { DecodeOptions, Raster } from "./codec/raster.js";
export { UnreadableImageError } from "./errors.js";
export { type ImageFile, type ImageReader, type OpenImagesOptions, openImages } from "./file/image-file.js";
export { type ReadOptions, readImage, readLabelStack, readLabels, readStack } from "./file/read.js";
export { encodeLabels, encodeTiff, type WriteOptions, writeImage, writeLabels } from "./file/write.js";
export { cropLabelsMirrored, cropMirrored } from "./geometry/crop.js";
export { mirrorIndex } from "./geometry/mirror.js";
export { resize, resizeNeeds, resizePart } from "./geometry/resize.js";
export { resizeLabels } from "./geometry/resize-labels.js";
export { type Size, scaledSize } from "./geometry/taps.js";
export {
  assertImage,
  assertLabels,
  IGNORE,
  type Image,
  type ImageData,
  type LabelImage,
  type LabelKind,
  type Rect,
  type Sample,
} from "./image.js";
export { normal, randomAt } from "./math/random.js";
export { blurGaussian } from "./processing/blur-gaussian.js";
export { connectedComponents } from "./processing/connected-components.js";
export {
  applyScales,
  assertFinite,
  type ChannelScale,
  channelScales,
  type Normalisation,
  normalisations,
  normalise,
  percentileScale,
} from "./processing/normalise.js";
export { type ToChannelsOptions, toChannels } from "./processing/to-channels.js";
export type { TileGeometry } from "./tile-geometry.js";
export type { Track } from "./track.js";
