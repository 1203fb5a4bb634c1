import type { LabelImage } from "../image.js";
import type { Raster } from "./raster.js";

/**
 * A decoded page as labels: its integers and palette indices as the file has them.
 *
 * @param name what the page is called in messages
 * @throws TypeError where it has several channels, fractions, or integers that 32 bits can't hold
 */
export function labelsOf({ width, height, channels, data, lossy }: Raster, name: string): LabelImage {
  if (lossy) {
    throw new TypeError(
      `${name}: labels can't be read from JPEG, which changes values where objects meet; save the mask as PNG or TIFF`,
    );
  }
  if (channels !== 1) throw severalChannels(name, channels);
  const out = new Int32Array(data);
  if (data instanceof Uint32Array || data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < data.length; i++) {
      if (out[i] === data[i]) continue;
      throw new TypeError(
        `${name}: labels must be whole numbers of 32 bits, but x ${i % width}, y ${Math.floor(i / width)} holds ${data[i]}`,
      );
    }
  }
  return { width, height, data: out };
}

/** What to throw where labels would have several channels. */
export function severalChannels(name: string, channels: number): TypeError {
  const remedy =
    channels === 3
      ? "read it with readImage and give each colour its label (readFolder's option colours does)"
      : "choose one by the option channel";
  return new TypeError(`${name}: labels need one channel, but this has ${channels}; ${remedy}`);
}
