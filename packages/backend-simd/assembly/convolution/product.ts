// Products of matrices [rows][depth] · [depth][columns], where the right one is packed: blocks of 16 columns, then
// of the rest 8 and 4, each [depth][its columns], so that the innermost loop reads it from front to back.
//
// The innermost loop holds eight sums of four columns in registers (V8 spills more): 2 rows × 16 columns, 4 × 8 or
// 8 × 4. A step of it loads six to nine values and does eight multiply-adds. It isn't unrolled: V8 would move loads
// away from where they are used, and spill.

import { madd, spread, zero } from "../lanes";

/**
 * `target` [rows][columns] = `left` [rows][depth] · `right`, packed.
 *
 * @param leftStride bytes from one row of `left` to the next
 * @param targetStride the same of `target`
 * @param columns a multiple of 4
 */
export function multiply(
  left: usize,
  leftStride: usize,
  right: usize,
  target: usize,
  targetStride: usize,
  rows: i32,
  depth: i32,
  columns: i32,
): void {
  for (let column = 0; column + 16 <= columns; column += 16) {
    let row = 0;
    for (; row + 2 <= rows; row += 2) {
      const from = left + <usize>row * leftStride;
      block2x16(from, from + leftStride, right, target + <usize>row * targetStride, targetStride, depth);
    }
    if (row < rows) {
      const from = left + <usize>row * leftStride;
      block2x16(from, from, right, target + <usize>row * targetStride, 0, depth);
    }
    right += <usize>(depth << 6);
    target += 64;
  }
  if (columns & 8) {
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      block4x8(
        left + <usize>row * leftStride,
        leftStride,
        right,
        target + <usize>row * targetStride,
        targetStride,
        depth,
      );
    }
    for (; row < rows; row++) {
      block4x8(left + <usize>row * leftStride, 0, right, target + <usize>row * targetStride, 0, depth);
    }
    right += <usize>(depth << 5);
    target += 32;
  }
  if (columns & 4) {
    let row = 0;
    for (; row + 8 <= rows; row += 8) {
      block8x4(
        left + <usize>row * leftStride,
        leftStride,
        right,
        target + <usize>row * targetStride,
        targetStride,
        depth,
      );
    }
    for (; row < rows; row++) {
      block8x4(left + <usize>row * leftStride, 0, right, target + <usize>row * targetStride, 0, depth);
    }
  }
}

function block2x16(
  left: usize,
  other: usize,
  right: usize,
  target: usize,
  targetStride: usize,
  depth: i32,
): void {
  let s00 = zero(),
    s01 = zero(),
    s02 = zero(),
    s03 = zero();
  let s10 = zero(),
    s11 = zero(),
    s12 = zero(),
    s13 = zero();
  const end = left + <usize>(depth << 2);
  while (left < end) {
    const a = spread(left),
      b = spread(other);
    const r0 = v128.load(right),
      r1 = v128.load(right, 16),
      r2 = v128.load(right, 32),
      r3 = v128.load(right, 48);
    s00 = madd(a, r0, s00);
    s01 = madd(a, r1, s01);
    s02 = madd(a, r2, s02);
    s03 = madd(a, r3, s03);
    s10 = madd(b, r0, s10);
    s11 = madd(b, r1, s11);
    s12 = madd(b, r2, s12);
    s13 = madd(b, r3, s13);
    left += 4;
    other += 4;
    right += 64;
  }
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(target, s02, 32);
  v128.store(target, s03, 48);
  target += targetStride;
  v128.store(target, s10);
  v128.store(target, s11, 16);
  v128.store(target, s12, 32);
  v128.store(target, s13, 48);
}

function block4x8(
  left: usize,
  leftStride: usize,
  right: usize,
  target: usize,
  targetStride: usize,
  depth: i32,
): void {
  let s00 = zero(),
    s01 = zero(),
    s10 = zero(),
    s11 = zero();
  let s20 = zero(),
    s21 = zero(),
    s30 = zero(),
    s31 = zero();
  const end = left + <usize>(depth << 2);
  while (left < end) {
    const r0 = v128.load(right),
      r1 = v128.load(right, 16);
    const a = spread(left),
      b = spread(left + leftStride);
    s00 = madd(a, r0, s00);
    s01 = madd(a, r1, s01);
    s10 = madd(b, r0, s10);
    s11 = madd(b, r1, s11);
    const c = spread(left + 2 * leftStride),
      d = spread(left + 3 * leftStride);
    s20 = madd(c, r0, s20);
    s21 = madd(c, r1, s21);
    s30 = madd(d, r0, s30);
    s31 = madd(d, r1, s31);
    left += 4;
    right += 32;
  }
  v128.store(target, s00);
  v128.store(target, s01, 16);
  target += targetStride;
  v128.store(target, s10);
  v128.store(target, s11, 16);
  target += targetStride;
  v128.store(target, s20);
  v128.store(target, s21, 16);
  target += targetStride;
  v128.store(target, s30);
  v128.store(target, s31, 16);
}

function block8x4(
  left: usize,
  leftStride: usize,
  right: usize,
  target: usize,
  targetStride: usize,
  depth: i32,
): void {
  let s0 = zero(),
    s1 = zero(),
    s2 = zero(),
    s3 = zero(),
    s4 = zero(),
    s5 = zero(),
    s6 = zero(),
    s7 = zero();
  const end = left + <usize>(depth << 2);
  let lower = left + 4 * leftStride;
  while (left < end) {
    const r = v128.load(right);
    s0 = madd(spread(left), r, s0);
    s1 = madd(spread(left + leftStride), r, s1);
    s2 = madd(spread(left + 2 * leftStride), r, s2);
    s3 = madd(spread(left + 3 * leftStride), r, s3);
    s4 = madd(spread(lower), r, s4);
    s5 = madd(spread(lower + leftStride), r, s5);
    s6 = madd(spread(lower + 2 * leftStride), r, s6);
    s7 = madd(spread(lower + 3 * leftStride), r, s7);
    left += 4;
    lower += 4;
    right += 16;
  }
  v128.store(target, s0);
  v128.store(target + targetStride, s1);
  v128.store(target + 2 * targetStride, s2);
  v128.store(target + 3 * targetStride, s3);
  target += 4 * targetStride;
  v128.store(target, s4);
  v128.store(target + targetStride, s5);
  v128.store(target + 2 * targetStride, s6);
  v128.store(target + 3 * targetStride, s7);
}
