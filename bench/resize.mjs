import { warp } from "@unet/augmentation";

/**
 * The image at another size, sampled bilinearly with its corners where they were; at half its size a pixel is the
 * mean of 2 × 2.
 */
export function resize(image, { width, height }) {
  if (width === image.width && height === image.height) return image;
  const field = { width, height, dy: new Float32Array(width * height), dx: new Float32Array(width * height) };
  const shift = (at, size, before) => ((at + 0.5) * before) / size - 0.5 - at;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      field.dy[i] = shift(y, height, image.height);
      field.dx[i] = shift(x, width, image.width);
    }
  }
  return warp(image, field);
}

/** The labels at half their size: of 2 × 2 the most frequent, of equally frequent ones the largest. */
export function halveLabels({ width, height, data }) {
  const half = { width: width / 2, height: height / 2 };
  const labels = new data.constructor(half.width * half.height);
  for (let y = 0, i = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++, i++) {
      const first = 2 * (y * width + x);
      labels[i] = mostFrequent([first, first + 1, first + width, first + width + 1].map((at) => data[at]));
    }
  }
  return { ...half, data: labels };
}

function mostFrequent(labels) {
  const count = (label) => labels.filter((other) => other === label).length;
  return labels.toSorted((a, b) => count(b) - count(a) || b - a)[0];
}
