// Products leftᵀ · right, summed up: the sums of gradients over pixels or tiles.

import { madd, spread, zero } from "../lanes";
import { packed } from "./packed";

/**
 * `target` [rows][columns] += Σᵢ left[i][row] · right[i][column], with `left` [depth][rows] and `right` [depth][columns]
 * packed (see packed.ts), and so the target, of which these may be some rows of `targetRows`.
 *
 * @param rows a multiple of 4, as is `columns`
 * @param fresh whether the sums begin at 0, whatever is in the target
 */
export function addTransposedProduct(
  left: usize,
  rows: i32,
  right: usize,
  columns: i32,
  depth: i32,
  target: usize,
  firstRow: i32,
  targetRows: i32,
  fresh: bool,
): void {
  const leftStep = <usize>(rows << 2);
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    let to = target + packed(firstRow, column, targetRows, columns);
    if (fresh) memory.fill(to, 0, <usize>(rows << 6));
    for (let row = 0; row < rows; row += 2) {
      add2x16(left + <usize>(row << 2), leftStep, right, 64, depth, to, 64);
      to += 128;
    }
    right += <usize>(depth << 6);
  }
  if (columns & 8) {
    let to = target + packed(firstRow, column, targetRows, columns);
    if (fresh) memory.fill(to, 0, <usize>(rows << 5));
    for (let row = 0; row < rows; row += 4) {
      add4x8(left + <usize>(row << 2), leftStep, right, 32, depth, to, 32);
      to += 128;
    }
    right += <usize>(depth << 5);
    column += 8;
  }
  if (columns & 4) {
    let to = target + packed(firstRow, column, targetRows, columns);
    if (fresh) memory.fill(to, 0, <usize>(rows << 4));
    for (let row = 0; row < rows; row += 4) {
      add4x4(left + <usize>(row << 2), leftStep, right, 16, depth, to, 16);
      to += 64;
    }
  }
}

export function add2x16(
  left: usize,
  leftStep: usize,
  right: usize,
  rightStep: usize,
  depth: i32,
  target: usize,
  targetStep: usize,
): void {
  const other = target + targetStep;
  let s00 = zero(),
    s01 = zero(),
    s02 = zero(),
    s03 = zero();
  let s10 = zero(),
    s11 = zero(),
    s12 = zero(),
    s13 = zero();
  for (let i = 0; i < depth; i++) {
    const a = spread(left),
      b = v128.load32_splat(left, 4);
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
    left += leftStep;
    right += rightStep;
  }
  v128.store(target, f32x4.add(s00, v128.load(target)));
  v128.store(target, f32x4.add(s01, v128.load(target, 16)), 16);
  v128.store(target, f32x4.add(s02, v128.load(target, 32)), 32);
  v128.store(target, f32x4.add(s03, v128.load(target, 48)), 48);
  v128.store(other, f32x4.add(s10, v128.load(other)));
  v128.store(other, f32x4.add(s11, v128.load(other, 16)), 16);
  v128.store(other, f32x4.add(s12, v128.load(other, 32)), 32);
  v128.store(other, f32x4.add(s13, v128.load(other, 48)), 48);
}

export function add4x8(
  left: usize,
  leftStep: usize,
  right: usize,
  rightStep: usize,
  depth: i32,
  target: usize,
  targetStep: usize,
): void {
  const t1 = target + targetStep,
    t2 = t1 + targetStep,
    t3 = t2 + targetStep;
  let s00 = zero(),
    s01 = zero(),
    s10 = zero(),
    s11 = zero();
  let s20 = zero(),
    s21 = zero(),
    s30 = zero(),
    s31 = zero();
  for (let i = 0; i < depth; i++) {
    const r0 = v128.load(right),
      r1 = v128.load(right, 16);
    const a = spread(left),
      b = v128.load32_splat(left, 4),
      c = v128.load32_splat(left, 8),
      d = v128.load32_splat(left, 12);
    s00 = madd(a, r0, s00);
    s01 = madd(a, r1, s01);
    s10 = madd(b, r0, s10);
    s11 = madd(b, r1, s11);
    s20 = madd(c, r0, s20);
    s21 = madd(c, r1, s21);
    s30 = madd(d, r0, s30);
    s31 = madd(d, r1, s31);
    left += leftStep;
    right += rightStep;
  }
  v128.store(target, f32x4.add(s00, v128.load(target)));
  v128.store(target, f32x4.add(s01, v128.load(target, 16)), 16);
  v128.store(t1, f32x4.add(s10, v128.load(t1)));
  v128.store(t1, f32x4.add(s11, v128.load(t1, 16)), 16);
  v128.store(t2, f32x4.add(s20, v128.load(t2)));
  v128.store(t2, f32x4.add(s21, v128.load(t2, 16)), 16);
  v128.store(t3, f32x4.add(s30, v128.load(t3)));
  v128.store(t3, f32x4.add(s31, v128.load(t3, 16)), 16);
}

export function add4x4(
  left: usize,
  leftStep: usize,
  right: usize,
  rightStep: usize,
  depth: i32,
  target: usize,
  targetStep: usize,
): void {
  const t1 = target + targetStep,
    t2 = t1 + targetStep,
    t3 = t2 + targetStep;
  let s0 = zero(),
    s1 = zero(),
    s2 = zero(),
    s3 = zero();
  for (let i = 0; i < depth; i++) {
    const r = v128.load(right);
    s0 = madd(spread(left), r, s0);
    s1 = madd(v128.load32_splat(left, 4), r, s1);
    s2 = madd(v128.load32_splat(left, 8), r, s2);
    s3 = madd(v128.load32_splat(left, 12), r, s3);
    left += leftStep;
    right += rightStep;
  }
  v128.store(target, f32x4.add(s0, v128.load(target)));
  v128.store(t1, f32x4.add(s1, v128.load(t1)));
  v128.store(t2, f32x4.add(s2, v128.load(t2)));
  v128.store(t3, f32x4.add(s3, v128.load(t3)));
}
