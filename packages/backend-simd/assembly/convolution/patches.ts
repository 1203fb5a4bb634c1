// 3×3 convolutions of stride 1 of small maps with many channels. What each output sees, its patch, is written out as a row
// of a matrix, and products with it are the convolution and its gradients. It takes four times the products of
// Winograd's transform, and spares it 36 numbers for each 9 of a filter, which are more than a small map's values.

import { zero } from "../lanes";
import { packPart } from "./pack";
import { widthAt } from "./packed";
import { rowsOf } from "./product";
import { add2x16, add4x4, add4x8 } from "./transposed-product";

/** Columns of a patch that are multiplied together: with `WIDE` filters their weights fit the first-level cache. */
const CHUNK = 128;
/** Filters that are packed together. */
const WIDE = 64;

/**
 * Patches of a map, [outputs][3 · 3 · channels], `step` bytes from one to the next.
 *
 * @param top how far the first output sees above the map, and `left`, how far beside it, px
 * @param begin … @param end rows of outputs, of all images
 */
export function gatherPatches(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  patches: usize,
  step: usize,
  begin: i32,
  end: i32,
): void {
  const pixel = <usize>(channels << 2);
  const line = 3 * pixel;
  for (let item = begin; item < end; item++) {
    const image = x + <usize>(item / outHeight) * <usize>(height * width) * pixel;
    const y = (item % outHeight) - top;
    let patch = patches + <usize>(item * outWidth) * step;
    for (let column = 0; column < outWidth; column++) {
      const at = column - left;
      const first = max(0, -at);
      const last = max(first, min(3, width - at));
      for (let r = 0; r < 3; r++) {
        const target = patch + <usize>r * line;
        if (<u32>(y + r) >= <u32>height || first === last) {
          memory.fill(target, 0, line);
          continue;
        }
        const source = image + <usize>((y + r) * width + at + first) * pixel;
        memory.fill(target, 0, <usize>first * pixel);
        memory.copy(target + <usize>first * pixel, source, <usize>(last - first) * pixel);
        memory.fill(target + <usize>last * pixel, 0, <usize>(3 - last) * pixel);
      }
      patch += step;
    }
  }
}

/**
 * Bias, convolution and ReLU of patches of `channels` each: a product of matrices, with bias and a least value. Items are
 * parts of the filters.
 *
 * @param w [3][3][channels][filters], or where `turned` [3][3][filters][channels], with rows and columns from the end
 * @param bias [filters], or 0
 * @param least 0 for ReLU, −∞ for none
 * @param outputs rows of patches
 * @param perPart filters of an item, a multiple of 16
 * @param scratch 128 · 64 · 4 bytes
 */
export function patchesForward(
  patches: usize,
  step: usize,
  channels: i32,
  w: usize,
  turned: bool,
  bias: usize,
  least: f32,
  y: usize,
  outputs: i32,
  filters: i32,
  perPart: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const depth = 9 * channels;
  const outPixel = <usize>(filters << 2);
  const floor = f32x4.splat(least);
  for (let item = begin; item < end; item++) {
    const last = min(filters, (item + 1) * perPart);
    for (let i = 0; i < depth; i += CHUNK) {
      const count = min(CHUNK, depth - i);
      const left = patches + <usize>(i << 2);
      for (let k = item * perPart; k < last; k += WIDE) {
        const used = min(WIDE, last - k);
        packPart(w, channels, filters, turned, i, count, k, used, scratch);
        let right = scratch;
        let to = y + <usize>(k << 2);
        for (let column = 0; column < used; ) {
          const wide = widthAt(column, used);
          rowsOf(wide, left, step, right, to, outPixel, outputs, count, i > 0);
          right += <usize>((count * wide) << 2);
          to += <usize>(wide << 2);
          column += wide;
        }
      }
    }
    if (!bias && least < 0) continue;
    for (let k = item * perPart; k < last; k += 4) {
      const b = bias ? v128.load(bias + <usize>(k << 2)) : zero();
      let to = y + <usize>(k << 2);
      for (let i = 0; i < outputs; i++) {
        v128.store(to, f32x4.max(f32x4.add(v128.load(to), b), floor));
        to += outPixel;
      }
    }
  }
}

/**
 * The gradient with respect to the filters, `dw` [3 · 3 · channels][filters]: patchesᵀ · dy. Items are parts of its rows.
 *
 * @param dy gradients [outputs][filters] from `pack`
 * @param perPart rows of an item, a multiple of 4
 * @param scratch outputs · perPart · 4 bytes
 */
export function patchesGradient(
  patches: usize,
  step: usize,
  channels: i32,
  dy: usize,
  outputs: i32,
  filters: i32,
  dw: usize,
  perPart: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const row = <usize>(filters << 2);
  for (let item = begin; item < end; item++) {
    const first = item * perPart;
    const rows = min(perPart, 9 * channels - first);
    const bytes = <usize>(rows << 2);
    for (let i = 0; i < outputs; i++) {
      memory.copy(scratch + <usize>i * bytes, patches + <usize>i * step + <usize>(first << 2), bytes);
    }
    let target = dw + <usize>first * row;
    memory.fill(target, 0, <usize>rows * row);
    let right = dy;
    for (let column = 0; column + 16 <= filters; column += 16) {
      for (let r = 0; r < rows; r += 2) {
        const at = target + <usize>r * row;
        add2x16(scratch + <usize>(r << 2), bytes, right, 64, outputs, at, row);
      }
      right += <usize>(outputs << 6);
      target += 64;
    }
    if (filters & 8) {
      for (let r = 0; r < rows; r += 4) {
        const at = target + <usize>r * row;
        add4x8(scratch + <usize>(r << 2), bytes, right, 32, outputs, at, row);
      }
      right += <usize>(outputs << 5);
      target += 32;
    }
    if (filters & 4) {
      for (let r = 0; r < rows; r += 4) {
        const at = target + <usize>r * row;
        add4x4(scratch + <usize>(r << 2), bytes, right, 16, outputs, at, row);
      }
    }
  }
}
