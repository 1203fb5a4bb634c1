// Products leftᵀ · right, summed up: the sums of gradients over pixels or tiles.

import { madd, spread } from "../lanes";

/**
 * `target` [rows][columns] += Σᵢ left[i][row] · right[i][column], with `left` [depth][rows] and `right` [depth][columns]
 * packed (see packed.ts).
 *
 * @param rows a multiple of 4, as is `columns`
 */
export function addTransposedProduct(
  left: usize,
  rows: i32,
  right: usize,
  columns: i32,
  depth: i32,
  target: usize,
): void {
  const leftStep = <usize>(rows << 2);
  const targetStep = <usize>(columns << 2);
  for (let column = 0; column + 16 <= columns; column += 16) {
    for (let row = 0; row < rows; row += 2) {
      add2x16(
        left + <usize>(row << 2),
        leftStep,
        right,
        64,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
    }
    right += <usize>(depth << 6);
    target += 64;
  }
  if (columns & 8) {
    for (let row = 0; row < rows; row += 4) {
      add4x8(
        left + <usize>(row << 2),
        leftStep,
        right,
        32,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
    }
    right += <usize>(depth << 5);
    target += 32;
  }
  if (columns & 4) {
    for (let row = 0; row < rows; row += 4) {
      add4x4(
        left + <usize>(row << 2),
        leftStep,
        right,
        16,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
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
  let s00 = v128.load(target),
    s01 = v128.load(target, 16),
    s02 = v128.load(target, 32),
    s03 = v128.load(target, 48);
  let s10 = v128.load(other),
    s11 = v128.load(other, 16),
    s12 = v128.load(other, 32),
    s13 = v128.load(other, 48);
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
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(target, s02, 32);
  v128.store(target, s03, 48);
  v128.store(other, s10);
  v128.store(other, s11, 16);
  v128.store(other, s12, 32);
  v128.store(other, s13, 48);
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
  let s00 = v128.load(target),
    s01 = v128.load(target, 16),
    s10 = v128.load(t1),
    s11 = v128.load(t1, 16);
  let s20 = v128.load(t2),
    s21 = v128.load(t2, 16),
    s30 = v128.load(t3),
    s31 = v128.load(t3, 16);
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
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(t1, s10);
  v128.store(t1, s11, 16);
  v128.store(t2, s20);
  v128.store(t2, s21, 16);
  v128.store(t3, s30);
  v128.store(t3, s31, 16);
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
  let s0 = v128.load(target),
    s1 = v128.load(t1),
    s2 = v128.load(t2),
    s3 = v128.load(t3);
  for (let i = 0; i < depth; i++) {
    const r = v128.load(right);
    s0 = madd(spread(left), r, s0);
    s1 = madd(v128.load32_splat(left, 4), r, s1);
    s2 = madd(v128.load32_splat(left, 8), r, s2);
    s3 = madd(v128.load32_splat(left, 12), r, s3);
    left += leftStep;
    right += rightStep;
  }
  v128.store(target, s0);
  v128.store(t1, s1);
  v128.store(t2, s2);
  v128.store(t3, s3);
}
