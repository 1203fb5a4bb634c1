import { mirrorIndex } from "@unet/image";

/**
 * What a microscope's objective does to a picture: blurs it with a Gaussian point spread function of
 * deviation `sigma` px. The edge is mirrored.
 */
export function blur(plane: Float32Array, width: number, height: number, sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i] /= total;

  const across = new Float32Array(plane.length);
  const line = new Float32Array(width + 2 * radius);
  const columns = Int32Array.from(line, (_, i) => mirrorIndex(i - radius, width));
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < line.length; i++) line[i] = plane[y * width + columns[i]];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * line[x + k];
      across[y * width + x] = sum;
    }
  }
  const blurred = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const row = blurred.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < kernel.length; k++) {
      const from = mirrorIndex(y + k - radius, height) * width;
      const weight = kernel[k];
      for (let x = 0; x < width; x++) row[x] += weight * across[from + x];
    }
  }
  return blurred;
}

/**
 * What the camera does to it: shot noise, whose variance is the brightness over the `photons` that a pixel
 * of brightness 1 collects (the normal approximation of Poisson's distribution), read noise of deviation
 * `readNoise`, and eight bits.
 *
 * @param plane brightness, 0 … 1
 */
export function expose(
  plane: Float32Array,
  { photons, readNoise, normal }: { photons: number; readNoise: number; normal: () => number },
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(plane.length);
  for (let i = 0; i < plane.length; i++) {
    const deviation = Math.sqrt(Math.max(plane[i], 0) / photons + readNoise * readNoise);
    pixels[i] = 255 * (plane[i] + deviation * normal());
  }
  return new Uint8Array(pixels.buffer);
}

/** A Gaussian bell of height 1: exp(−distance² / 2 deviation²). */
export function bump(distance: number, deviation: number): number {
  return Math.exp((-distance * distance) / (2 * deviation * deviation));
}
