import type { Image } from "@unet/image";

/** The RGB picture as the canvas takes it: four bytes a pixel, opaque. */
export function toImageData({ width, height, data }: Image): ImageData {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) pixels[4 * pixel + channel] = data[3 * pixel + channel];
  }
  return new ImageData(pixels, width, height);
}

/** One grey channel, the mean of red, green and blue: what a network with one input channel takes. */
export function greyOf(image: Image): Image {
  const { width, height, channels, data } = image;
  if (channels === 1) return image;
  const colours = channels === 2 ? 1 : 3;
  const grey = new Float32Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    let sum = 0;
    for (let channel = 0; channel < colours; channel++) sum += data[channels * pixel + channel];
    grey[pixel] = sum / colours;
  }
  return { width, height, channels: 1, data: grey };
}
