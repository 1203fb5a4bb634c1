// Products of matrices [rows][depth] · [depth][columns], where the right one is packed: blocks of 16 columns, then
// of the rest 8 and 4, each [depth][its columns], so that the innermost loop reads it from front to back.
//
// The innermost loop holds eight sums of four columns in registers (V8 spills more): 2 rows × 16 columns, 4 × 8 or
// 8 × 4. A step of it loads six to nine values and does eight multiply-adds. It isn't unrolled: V8 would move loads
// away from where they are used, and spill.

import { madd, spread, zero } from "../lanes";
import { widthAt } from "./packed";

/** Summands that are added up before they are added to the rest: long sums lose fewer digits so. */
const CHUNK = 128;

/**
 * `target` [rows][columns] = `left` [rows][depth] · `right`, packed.
 *
 * @param leftStep bytes from one row of `left` to the next
 * @param targetStep the same of `target`
 * @param columns a multiple of 4
 */
export function multiply(
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  rows: i32,
  depth: i32,
  columns: i32,
): void {
  for (let column = 0; column < columns; ) {
    const wide = widthAt(column, columns);
    for (let i = 0; i < depth; i += CHUNK) {
      const count = min(CHUNK, depth - i);
      rowsOf(wide, left + <usize>(i << 2), leftStep, right, target, targetStep, rows, count, i > 0);
      right += <usize>((count * wide) << 2);
    }
    target += <usize>(wide << 2);
    column += wide;
  }
}

/** A block of `wide` columns of `multiply`, of up to 128 summands, added to the target where `more`. */
export function rowsOf(
  wide: i32,
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  rows: i32,
  depth: i32,
  more: bool,
): void {
  // rows that are multiplied together: eight sums of four columns stay in registers
  const together = 32 / wide;
  let row = 0;
  for (; row + together <= rows; row += together) {
    block(wide, left, leftStep, right, target, targetStep, depth, more);
    left += <usize>together * leftStep;
    target += <usize>together * targetStep;
  }
  for (; row < rows; row++) {
    block(wide, left, 0, right, target, 0, depth, more);
    left += leftStep;
    target += targetStep;
  }
}

function block(
  wide: i32,
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  depth: i32,
  more: bool,
): void {
  if (wide === 16) block2x16(left, leftStep, right, target, targetStep, depth, more);
  else if (wide === 8) block4x8(left, leftStep, right, target, targetStep, depth, more);
  else block8x4(left, leftStep, right, target, targetStep, depth, more);
}

// The blocks. Where their steps are 0, all rows are the same one. They add to what is in the target, where `more`.

function block2x16(
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  depth: i32,
  more: bool,
): void {
  let s00 = zero(),
    s01 = zero(),
    s02 = zero(),
    s03 = zero();
  let s10 = zero(),
    s11 = zero(),
    s12 = zero(),
    s13 = zero();
  let other = left + leftStep;
  for (const end = left + <usize>(depth << 2); left < end; left += 4) {
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
    other += 4;
    right += 64;
  }
  const t1 = target + targetStep;
  if (more) {
    s00 = f32x4.add(s00, v128.load(target));
    s01 = f32x4.add(s01, v128.load(target, 16));
    s02 = f32x4.add(s02, v128.load(target, 32));
    s03 = f32x4.add(s03, v128.load(target, 48));
    s10 = f32x4.add(s10, v128.load(t1));
    s11 = f32x4.add(s11, v128.load(t1, 16));
    s12 = f32x4.add(s12, v128.load(t1, 32));
    s13 = f32x4.add(s13, v128.load(t1, 48));
  }
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(target, s02, 32);
  v128.store(target, s03, 48);
  v128.store(t1, s10);
  v128.store(t1, s11, 16);
  v128.store(t1, s12, 32);
  v128.store(t1, s13, 48);
}

function block4x8(
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  depth: i32,
  more: bool,
): void {
  let s00 = zero(),
    s01 = zero(),
    s10 = zero(),
    s11 = zero();
  let s20 = zero(),
    s21 = zero(),
    s30 = zero(),
    s31 = zero();
  for (const end = left + <usize>(depth << 2); left < end; left += 4) {
    const r0 = v128.load(right),
      r1 = v128.load(right, 16);
    const a = spread(left),
      b = spread(left + leftStep);
    s00 = madd(a, r0, s00);
    s01 = madd(a, r1, s01);
    s10 = madd(b, r0, s10);
    s11 = madd(b, r1, s11);
    const c = spread(left + 2 * leftStep),
      d = spread(left + 3 * leftStep);
    s20 = madd(c, r0, s20);
    s21 = madd(c, r1, s21);
    s30 = madd(d, r0, s30);
    s31 = madd(d, r1, s31);
    right += 32;
  }
  const t1 = target + targetStep,
    t2 = t1 + targetStep,
    t3 = t2 + targetStep;
  if (more) {
    s00 = f32x4.add(s00, v128.load(target));
    s01 = f32x4.add(s01, v128.load(target, 16));
    s10 = f32x4.add(s10, v128.load(t1));
    s11 = f32x4.add(s11, v128.load(t1, 16));
    s20 = f32x4.add(s20, v128.load(t2));
    s21 = f32x4.add(s21, v128.load(t2, 16));
    s30 = f32x4.add(s30, v128.load(t3));
    s31 = f32x4.add(s31, v128.load(t3, 16));
  }
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(t1, s10);
  v128.store(t1, s11, 16);
  v128.store(t2, s20);
  v128.store(t2, s21, 16);
  v128.store(t3, s30);
  v128.store(t3, s31, 16);
}

function block8x4(
  left: usize,
  leftStep: usize,
  right: usize,
  target: usize,
  targetStep: usize,
  depth: i32,
  more: bool,
): void {
  let s0 = zero(),
    s1 = zero(),
    s2 = zero(),
    s3 = zero(),
    s4 = zero(),
    s5 = zero(),
    s6 = zero(),
    s7 = zero();
  let lower = left + 4 * leftStep;
  for (const end = left + <usize>(depth << 2); left < end; left += 4) {
    const r = v128.load(right);
    s0 = madd(spread(left), r, s0);
    s1 = madd(spread(left + leftStep), r, s1);
    s2 = madd(spread(left + 2 * leftStep), r, s2);
    s3 = madd(spread(left + 3 * leftStep), r, s3);
    s4 = madd(spread(lower), r, s4);
    s5 = madd(spread(lower + leftStep), r, s5);
    s6 = madd(spread(lower + 2 * leftStep), r, s6);
    s7 = madd(spread(lower + 3 * leftStep), r, s7);
    lower += 4;
    right += 16;
  }
  const t1 = target + targetStep,
    t2 = t1 + targetStep,
    t3 = t2 + targetStep;
  const t4 = target + 4 * targetStep,
    t5 = t4 + targetStep,
    t6 = t5 + targetStep,
    t7 = t6 + targetStep;
  if (more) {
    s0 = f32x4.add(s0, v128.load(target));
    s1 = f32x4.add(s1, v128.load(t1));
    s2 = f32x4.add(s2, v128.load(t2));
    s3 = f32x4.add(s3, v128.load(t3));
    s4 = f32x4.add(s4, v128.load(t4));
    s5 = f32x4.add(s5, v128.load(t5));
    s6 = f32x4.add(s6, v128.load(t6));
    s7 = f32x4.add(s7, v128.load(t7));
  }
  v128.store(target, s0);
  v128.store(t1, s1);
  v128.store(t2, s2);
  v128.store(t3, s3);
  v128.store(t4, s4);
  v128.store(t5, s5);
  v128.store(t6, s6);
  v128.store(t7, s7);
}
