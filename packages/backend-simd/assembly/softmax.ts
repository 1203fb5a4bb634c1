// Softmax of rows, and the loss that is made of it.
import { exponential, logarithm } from "./exponential";

/** `output` = e^(`x` − largest) / Σ e^(…), in each row of `length` values. Items are rows. */
export function softmax(x: usize, output: usize, length: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const from = x + <usize>row * ((<usize>length) << 2);
    const to = output + <usize>row * ((<usize>length) << 2);
    const total = exponentials(from, to, length, largestOf(from, length));
    for (let i: usize = 0; i < (<usize>length) << 2; i += 4) store<f32>(to + i, load<f32>(to + i) / total);
  }
}

function largestOf(from: usize, length: i32): f32 {
  let largest = load<f32>(from);
  for (let i: usize = 4; i < (<usize>length) << 2; i += 4) largest = max(largest, load<f32>(from + i));
  return largest;
}

/** Writes e^(x − largest), and answers their sum. */
function exponentials(from: usize, to: usize, length: i32, largest: f32): f32 {
  const shift = f32x4.splat(largest);
  let total: f32 = 0;
  let i: usize = 0;
  const bytes = (<usize>length) << 2;
  for (; i + 16 <= bytes; i += 16) {
    const e = exponential(f32x4.sub(v128.load(from + i), shift));
    v128.store(to + i, e);
    total += f32x4.extract_lane(e, 0) + f32x4.extract_lane(e, 1);
    total += f32x4.extract_lane(e, 2) + f32x4.extract_lane(e, 3);
  }
  for (; i < bytes; i += 4) {
    const e = exponential(f32x4.sub(v128.load32_zero(from + i), shift));
    v128.store32_lane(to + i, e, 0);
    total += f32x4.extract_lane(e, 0);
  }
  return total;
}

/** Σ of the counted weights of each block of `block` pixels: all but those whose label is below 0. Items are blocks. */
export function countedWeights(
  labels: usize,
  weights: usize,
  output: usize,
  pixels: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  for (let item = begin; item < end; item++) {
    let sum: f64 = 0;
    for (let i = item * block; i < min(pixels, (item + 1) * block); i++) {
      const at = (<usize>i) << 2;
      if (load<i32>(labels + at) >= 0) sum += <f64>load<f32>(weights + at);
    }
    store<f64>(output + ((<usize>item) << 3), sum);
  }
}

/**
 * Σ w · ce of each block of `block` pixels, and `slope` = w · (softmax − onehot), where w is the counted weight times
 * `scale`. `logits` and `slope` are [pixels, classes]. Items are blocks.
 */
export function crossEntropy(
  logits: usize,
  labels: usize,
  weights: usize,
  slope: usize,
  output: usize,
  scale: f64,
  pixels: i32,
  classes: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>classes) << 2;
  for (let item = begin; item < end; item++) {
    let sum: f64 = 0;
    for (let i = item * block; i < min(pixels, (item + 1) * block); i++) {
      const label = load<i32>(labels + ((<usize>i) << 2));
      const to = slope + <usize>i * row;
      if (label < 0) {
        memory.fill(to, 0, row);
        continue;
      }
      const from = logits + <usize>i * row;
      const weight = <f32>(<f64>load<f32>(weights + ((<usize>i) << 2)) * scale);
      const largest = largestOf(from, classes);
      const total = exponentials(from, to, classes, largest);
      const factor = weight / total;
      for (let c: usize = 0; c < row; c += 4) store<f32>(to + c, load<f32>(to + c) * factor);
      let entropy = f32x4.extract_lane(logarithm(f32x4.splat(total)), 0);
      if (label < classes) {
        const c = (<usize>label) << 2;
        store<f32>(to + c, load<f32>(to + c) - weight);
        entropy -= load<f32>(from + c) - largest;
      }
      sum += <f64>(weight * entropy);
    }
    store<f64>(output + ((<usize>item) << 3), sum);
  }
}
