import { UnreadableImageError } from "../errors.js";
import type { Image } from "../image.js";
import type { Raster } from "./raster.js";

/**
 * A decoded page as an image: palette indices become colours, values of less than 8 bits are spread over
 * 0 … 255, black is 0, and numbers other than 8 and 16-bit ones become float.
 *
 * @param name what the page is called in messages
 * @param note is told where white and black are exchanged
 * @throws UnreadableImageError where a 32-bit integer is beyond 2²⁴, which float can't hold, or an index has no
 *   colour
 */
export function imageOf(
  { width, height, channels, data, bits, palette, whiteIsZero }: Raster,
  name: string,
  note: (notice: string) => void,
): Image {
  if (palette) return { width, height, channels: 3, data: colours(data, palette, width, name) };
  const values = storable(data, name);
  if (whiteIsZero) {
    invert(values, bits);
    note("0 means white in it, so its values are inverted");
  }
  if (bits < 8) {
    const step = 255 / (2 ** bits - 1);
    for (let i = 0; i < values.length; i++) values[i] *= step;
  }
  return { width, height, channels, data: values };
}

function storable(data: Raster["data"], name: string): Image["data"] {
  if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array) return data;
  if (data instanceof Uint32Array || data instanceof Int32Array) {
    for (const value of data) {
      if (value <= 2 ** 24 && value >= -(2 ** 24)) continue;
      throw new UnreadableImageError(
        `${name}: the value ${value} is beyond 2^24, which a float image can't hold; labels are read with readLabels`,
      );
    }
  }
  return new Float32Array(data);
}

function invert(data: Image["data"], bits: number): void {
  const white = data instanceof Float32Array ? 1 : 2 ** bits - 1;
  for (let i = 0; i < data.length; i++) data[i] = white - data[i];
}

function colours(
  indices: Raster["data"],
  palette: ArrayLike<number>[],
  width: number,
  name: string,
): Uint8Array {
  const out = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    const colour = palette[indices[i]];
    if (!colour) {
      throw new UnreadableImageError(
        `${name}: x ${i % width}, y ${Math.floor(i / width)} has colour ${indices[i]}, but the palette has ${palette.length}: it is damaged`,
      );
    }
    out[3 * i] = colour[0];
    out[3 * i + 1] = colour[1];
    out[3 * i + 2] = colour[2];
  }
  return out;
}
