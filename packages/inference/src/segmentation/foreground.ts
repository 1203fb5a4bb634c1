import type { Image } from "@unet/image";

/**
 * The probability of anything but background, of probabilities with one channel a class, the first of which is
 * background.
 *
 * ```ts
 * const foreground = foregroundOf(await predictTiled(image, model)); // one channel
 * ```
 */
export function foregroundOf({ width, height, channels, data }: Image<Float32Array>): Image<Float32Array> {
  const out = new Float32Array(width * height);
  for (let i = 0; i < out.length; i++) out[i] = 1 - data[i * channels];
  return { width, height, channels: 1, data: out };
}
