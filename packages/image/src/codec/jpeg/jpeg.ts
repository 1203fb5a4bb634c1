import { UnreadableImageError } from "../../errors.js";
import { type ImagePlanes, onePlane } from "../image-planes.js";
import { assertWithinLimit, type DecodeOptions, type Raster } from "../raster.js";
import { jpegMarkers } from "./jpeg-markers.js";

/** What decoding takes for each value of a pixel, bytes. */
const VALUE_BYTES = 5;

/**
 * Opens a JPEG of 8 bits, grey or colour, baseline or progressive; `jpeg-js` decodes it, and it is turned as its EXIF
 * orientation says.
 */
export function jpegPlanes(bytes: Uint8Array, options: DecodeOptions = {}): ImagePlanes {
  const { width, height, channels, ycbcr, orientation } = jpegMarkers(bytes);
  const swapped = orientation >= 5;
  const size = { width: swapped ? height : width, height: swapped ? width : height, channels };
  return onePlane(size, async () => {
    assertWithinLimit(width, height, options, VALUE_BYTES * channels);
    const data = await decodePixels(bytes, channels, ycbcr);
    return turned({ width, height, channels, bits: 8, data, lossy: true }, orientation);
  });
}

/**
 * The bytes of a strip or tile of a TIFF that holds a JPEG.
 *
 * @param tables what all parts of the TIFF have in common, a JPEG without pixels
 * @param colourTransform whether YCbCr is to become RGB
 * @throws UnreadableImageError where the JPEG is damaged or has other sizes than the part
 */
export async function decodeJpegPart(
  part: Uint8Array,
  tables: Uint8Array | undefined,
  colourTransform: boolean,
  size: { width: number; height: number; channels: number },
): Promise<Uint8Array> {
  const whole = tables ? joined(tables, part) : part;
  const { width, height, channels } = jpegMarkers(whole);
  if (width !== size.width || height > size.height || channels !== size.channels) {
    throw new UnreadableImageError(
      `a part of the TIFF holds a JPEG of ${width} × ${height} × ${channels}, not ${size.width} × ${size.height} × ${size.channels}: it is damaged`,
    );
  }
  return decodePixels(whole, channels, colourTransform);
}

/** Tables without the end of their JPEG, and a part without the beginning of its own. */
function joined(tables: Uint8Array, part: Uint8Array): Uint8Array {
  const out = new Uint8Array(tables.length + part.length - 4);
  out.set(tables.subarray(0, -2));
  out.set(part.subarray(2), tables.length - 2);
  return out;
}

async function decodePixels(bytes: Uint8Array, channels: number, ycbcr: boolean): Promise<Uint8Array> {
  const { decode } = (await import("jpeg-js")).default;
  // Sizes have been checked.
  const unlimited = { maxResolutionInMP: 2 ** 20, maxMemoryUsageInMB: 2 ** 20 };
  const { data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    colorTransform: ycbcr,
    ...unlimited,
  });
  // Grey comes as three equal channels.
  return channels === 3 ? data : data.filter((_, i) => i % 3 === 0);
}

/** A raster turned and mirrored so that its EXIF orientation is 1. */
function turned(raster: Raster, orientation: number): Raster {
  if (orientation === 1) return raster;
  const { width, height, channels, data } = raster;
  const swapped = orientation >= 5;
  const [outWidth, outHeight] = swapped ? [height, width] : [width, height];
  const right = [2, 3, 7, 8].includes(orientation);
  const bottom = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const [u, v] = swapped ? [y, x] : [x, y];
      const from = ((bottom ? height - 1 - v : v) * width + (right ? width - 1 - u : u)) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c];
    }
  }
  return { ...raster, width: outWidth, height: outHeight, data: out, turned: true };
}
