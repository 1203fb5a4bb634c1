import type { Image, LabelImage, Sample } from "@unet/image";

/** How far a shift is sought, px. */
const FAR = 8;

/** How much stronger the image's edges must be under the shifted borders, for a shift to be reported. */
const STRONGER = 1.2;

/** And which part of the way up from the typical shift the unshifted labels may be at most. */
const HERE = 0.5;

/**
 * The shift that would put a sample's labels on their objects, if they lie beside them: borders between
 * labels belong where the image changes, so the shift within ±8 px under which the image's gradient along the
 * borders is strongest. `undefined` where that is less than 3 px or not clearly better than no shift.
 */
export function labelShift({ image, labels }: Sample): { x: number; y: number } | undefined {
  const { width, height } = image;
  const borders = bordersOf(labels);
  if (borders.length < 50) return undefined;
  const edges = gradient(image);
  const size = 2 * FAR + 1;
  const scores = new Float64Array(size * size);
  for (let s = 0; s < scores.length; s++) {
    const offset = (Math.floor(s / size) - FAR) * width + (s % size) - FAR;
    for (const i of borders) scores[s] += edges[i + offset];
  }
  const here = scores[FAR * size + FAR];
  const best = scores.indexOf(Math.max(...scores));
  const shift = { x: (best % size) - FAR, y: Math.floor(best / size) - FAR };
  const typical = scores.toSorted()[scores.length >> 1];
  const stronger = scores[best] > STRONGER * here && here - typical < HERE * (scores[best] - typical);
  const clear = stronger && Math.hypot(shift.x, shift.y) >= 3;
  return clear && height > size ? shift : undefined;
}

/** At most some ten thousand pixels at a border between labels, far enough from the image's edge to shift. */
function bordersOf({ width, height, data }: LabelImage): Int32Array {
  const borders: number[] = [];
  for (let y = FAR + 1; y < height - FAR - 1; y++) {
    for (let i = y * width + FAR + 1; i < (y + 1) * width - FAR - 1; i++) {
      if (data[i] < 0) continue;
      if (data[i] !== data[i + 1] || data[i] !== data[i + width]) borders.push(i);
    }
  }
  const step = Math.ceil(borders.length / 10_000);
  return Int32Array.from(borders.filter((_, k) => k % step === 0));
}

/**
 * How much the first channel changes at each pixel, between the means of 3 × 3 px on both sides; the strongest
 * tenth counts alike, lest a few bright specks decide.
 */
function gradient({ width, height, channels, data }: Image): Float32Array {
  const smooth = new Float32Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0;
      for (let v = y - 1; v <= y + 1; v++) {
        for (let u = x - 1; u <= x + 1; u++) sum += data[(v * width + u) * channels];
      }
      smooth[y * width + x] = sum / 9;
    }
  }
  const change = new Float32Array(width * height);
  for (let y = 2; y < height - 2; y++) {
    for (let i = y * width + 2; i < (y + 1) * width - 2; i++) {
      change[i] = Math.hypot(smooth[i + 1] - smooth[i - 1], smooth[i + width] - smooth[i - width]);
    }
  }
  const strong = change.toSorted()[Math.floor(0.9 * change.length)];
  return change.map((value) => Math.min(value, strong));
}
