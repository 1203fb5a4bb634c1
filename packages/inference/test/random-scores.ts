import { type Image, randomAt } from "@unet/image";

/**
 * Scores of one channel of blurred noise, around 0.5: ragged objects that wind through the whole image, with
 * holes and islands in them.
 */
export function randomScores(seed: number, width: number, height: number, blur: number): Image<Float32Array> {
  const random = randomAt(seed, 0, 0);
  let data = Float32Array.from({ length: width * height }, () => random() - 0.5);
  for (let pass = 0; pass < blur; pass++) {
    const before = data;
    data = before.map((_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      let sum = 0;
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) sum += before[v * width + u];
      }
      return sum / 5;
    });
  }
  return { width, height, channels: 1, data: data.map((value) => value + 0.53) };
}
