import { type Image, type LabelImage, randomAt } from "@unet/image";

/** A sample of random grey values where label and weight of each pixel are its number, from 1. */
export function numbered(width: number, height: number, channels = 1) {
  const random = randomAt(1, "grey", 0);
  const size = width * height;
  const data = Float32Array.from({ length: size * channels }, () => random());
  const image: Image<Float32Array> = { width, height, channels, data };
  const labels: LabelImage = { width, height, data: Int32Array.from({ length: size }, (_, i) => i + 1) };
  const weights: Image = { width, height, channels: 1, data: Float32Array.from(labels.data) };
  return { image, labels, weights };
}

/**
 * As {@link numbered}, with an image of two channels that hold each pixel's own y and x. Sampled bilinearly it
 * tells where a tile's pixels come from, mirrored into the image: the mirror folds at pixel centres.
 */
export function coordinates(width: number, height: number) {
  const sample = numbered(width, height, 2);
  for (let i = 0; i < width * height; i++) {
    sample.image.data[2 * i] = Math.floor(i / width);
    sample.image.data[2 * i + 1] = i % width;
  }
  return sample;
}
