import { tensor4d } from "@tensorflow/tfjs-core";

/** What the models of `test/fixtures/stored` were given: multiples of 1/64, [1, 20, 20, channels]. */
export function storedInput(channels: number) {
  const values = Float32Array.from({ length: 20 * 20 * channels }, (_, i) => {
    const [x, y, c] = [Math.floor(i / channels) % 20, Math.floor(i / channels / 20), i % channels];
    return ((7 * x + 13 * y + 5 * c + x * y) % 64) / 64;
  });
  return tensor4d(values, [1, 20, 20, channels]);
}
