import type { Image, LabelImage } from "@unet/image";

/** The most probable class of each pixel; the first where several are equal. */
export function argMax({ width, height, channels, data }: Image): LabelImage {
  const out = new Int32Array(width * height);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[i * channels + c] > data[i * channels + best]) best = c;
    out[i] = best;
  }
  return { width, height, data: out };
}
