import type { LabelImage } from "./image.js";
import type { Raster } from "./raster.js";

/**
 * A decoded page as labels: its integers and palette indices as the file has them.
 *
 * @param name what the page is called in messages
 * @throws TypeError where it has several channels, fractions, or integers that 32 bits can't hold
 */
export function labelsOf({ width, height, channels, data }: Raster, name: string): LabelImage {
  if (channels !== 1) {
    throw new TypeError(
      `${name}: labels need one channel, but this has ${channels}; read it with readImage and give each colour its label (readFolder's option colours does)`,
    );
  }
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
