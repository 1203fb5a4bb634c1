// A row of outputs of a convolution, straight from its definition: for each output pixel and filter, a sum over
// segments of the input, which lie `segmentStep` bytes apart and are contiguous in themselves.
//
// As in product.ts eight sums of four filters are held in registers, of 2 pixels × 16 filters, 4 × 8 or 8 × 4.

import { madd, spread, zero } from "../lanes";

// What all rows of a convolution have in common; a module's instance serves one thread.

/** Rows of the filter; bytes from the input of one to that of the next. */
let rows: i32 = 0;
let rowStep: usize = 0;
/** Pieces of a row that are contiguous in the input, their floats, and bytes from one to the next. */
let pieces: i32 = 0;
let floats: i32 = 0;
let pieceStep: usize = 0;
let floor: v128 = zero();

/**
 * Says what the rows that follow have in common.
 *
 * @param least 0 for ReLU, −∞ for none
 */
export function prepareRows(
  filterRows: i32,
  inputRowStep: usize,
  rowPieces: i32,
  pieceFloats: i32,
  inputPieceStep: usize,
  least: f32,
): void {
  rows = filterRows;
  rowStep = inputRowStep;
  pieces = rowPieces;
  floats = pieceFloats;
  pieceStep = inputPieceStep;
  floor = f32x4.splat(least);
}

/**
 * `count` outputs.
 *
 * @param left what the first output sees first; `leftStep` bytes further is what the next does
 * @param right the filters, packed (packed.ts): [rows · pieces · floats][filters], filters rounded up to 4
 * @param bias [filters], rounded up to 4, or 0
 * @param target outputs, `targetStep` bytes apart, of which `filters` floats are written
 */
export function directRow(
  left: usize,
  leftStep: usize,
  right: usize,
  bias: usize,
  target: usize,
  targetStep: usize,
  count: i32,
  filters: i32,
): void {
  const depth = <usize>(rows * pieces * floats);
  const columns = (filters + 3) & ~3;
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    // The last filters of 13, 14 or 15 are not whole vectors.
    const lanes = min(4, filters - column - 12);
    let i = 0;
    for (; i + 2 <= count; i += 2) {
      block2x16(
        left + <usize>i * leftStep,
        leftStep,
        right,
        bias,
        target + <usize>i * targetStep,
        targetStep,
        lanes,
      );
    }
    if (i < count)
      block2x16(left + <usize>i * leftStep, 0, right, bias, target + <usize>i * targetStep, 0, lanes);
    right += depth << 6;
    target += 64;
    if (bias) bias += 64;
  }
  if (columns & 8) {
    const lanes = min(4, filters - column - 4);
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      block4x8(
        left + <usize>i * leftStep,
        leftStep,
        right,
        bias,
        target + <usize>i * targetStep,
        targetStep,
        lanes,
      );
    }
    for (; i < count; i++)
      block4x8(left + <usize>i * leftStep, 0, right, bias, target + <usize>i * targetStep, 0, lanes);
    right += depth << 5;
    target += 32;
    column += 8;
    if (bias) bias += 32;
  }
  if (columns & 4) {
    const lanes = min(4, filters - column);
    let i = 0;
    for (; i + 8 <= count; i += 8) {
      block8x4(
        left + <usize>i * leftStep,
        leftStep,
        right,
        bias,
        target + <usize>i * targetStep,
        targetStep,
        lanes,
      );
    }
    for (; i < count; i++)
      block8x4(left + <usize>i * leftStep, 0, right, bias, target + <usize>i * targetStep, 0, lanes);
  }
}

/** The first 1 to 4 lanes of a vector, none less than the floor. */
function put(target: usize, value: v128, lanes: i32): void {
  const v = f32x4.max(value, floor);
  if (lanes === 4) v128.store(target, v);
  else {
    if (lanes === 1) v128.store32_lane(target, v, 0);
    else {
      v128.store64_lane(target, v, 0);
      if (lanes === 3) v128.store32_lane(target + 8, v, 2);
    }
  }
}

/** A whole vector. */
function putWhole(target: usize, value: v128): void {
  v128.store(target, f32x4.max(value, floor));
}

function block2x16(
  left: usize,
  leftStep: usize,
  right: usize,
  bias: usize,
  target: usize,
  targetStep: usize,
  lanes: i32,
): void {
  let s00 = zero(),
    s01 = zero(),
    s02 = zero(),
    s03 = zero();
  if (bias) {
    s00 = v128.load(bias);
    s01 = v128.load(bias, 16);
    s02 = v128.load(bias, 32);
    s03 = v128.load(bias, 48);
  }
  let s10 = s00,
    s11 = s01,
    s12 = s02,
    s13 = s03;
  for (let row = 0; row < rows; row++) {
    let start = left + <usize>row * rowStep;
    for (let piece = 0; piece < pieces; piece++) {
      let a0 = start,
        b0 = start + leftStep;
      for (const end = a0 + <usize>(floats << 2); a0 < end; a0 += 4) {
        const a = spread(a0),
          b = spread(b0);
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
        b0 += 4;
        right += 64;
      }
      start += pieceStep;
    }
  }
  putWhole(target, s00);
  putWhole(target + 16, s01);
  putWhole(target + 32, s02);
  put(target + 48, s03, lanes);
  target += targetStep;
  putWhole(target, s10);
  putWhole(target + 16, s11);
  putWhole(target + 32, s12);
  put(target + 48, s13, lanes);
}

function block4x8(
  left: usize,
  leftStep: usize,
  right: usize,
  bias: usize,
  target: usize,
  targetStep: usize,
  lanes: i32,
): void {
  let s00 = zero(),
    s01 = zero();
  if (bias) {
    s00 = v128.load(bias);
    s01 = v128.load(bias, 16);
  }
  let s10 = s00,
    s11 = s01,
    s20 = s00,
    s21 = s01,
    s30 = s00,
    s31 = s01;
  for (let row = 0; row < rows; row++) {
    let start = left + <usize>row * rowStep;
    for (let piece = 0; piece < pieces; piece++) {
      let at = start;
      for (const end = at + <usize>(floats << 2); at < end; at += 4) {
        const r0 = v128.load(right),
          r1 = v128.load(right, 16);
        const a = spread(at),
          b = spread(at + leftStep);
        s00 = madd(a, r0, s00);
        s01 = madd(a, r1, s01);
        s10 = madd(b, r0, s10);
        s11 = madd(b, r1, s11);
        const c = spread(at + 2 * leftStep),
          d = spread(at + 3 * leftStep);
        s20 = madd(c, r0, s20);
        s21 = madd(c, r1, s21);
        s30 = madd(d, r0, s30);
        s31 = madd(d, r1, s31);
        right += 32;
      }
      start += pieceStep;
    }
  }
  putWhole(target, s00);
  put(target + 16, s01, lanes);
  target += targetStep;
  putWhole(target, s10);
  put(target + 16, s11, lanes);
  target += targetStep;
  putWhole(target, s20);
  put(target + 16, s21, lanes);
  target += targetStep;
  putWhole(target, s30);
  put(target + 16, s31, lanes);
}

function block8x4(
  left: usize,
  leftStep: usize,
  right: usize,
  bias: usize,
  target: usize,
  targetStep: usize,
  lanes: i32,
): void {
  let s0 = bias ? v128.load(bias) : zero();
  let s1 = s0,
    s2 = s0,
    s3 = s0,
    s4 = s0,
    s5 = s0,
    s6 = s0,
    s7 = s0;
  for (let row = 0; row < rows; row++) {
    let start = left + <usize>row * rowStep;
    for (let piece = 0; piece < pieces; piece++) {
      let at = start,
        lower = start + 4 * leftStep;
      for (const end = at + <usize>(floats << 2); at < end; at += 4) {
        const r = v128.load(right);
        s0 = madd(spread(at), r, s0);
        s1 = madd(spread(at + leftStep), r, s1);
        s2 = madd(spread(at + 2 * leftStep), r, s2);
        s3 = madd(spread(at + 3 * leftStep), r, s3);
        s4 = madd(spread(lower), r, s4);
        s5 = madd(spread(lower + leftStep), r, s5);
        s6 = madd(spread(lower + 2 * leftStep), r, s6);
        s7 = madd(spread(lower + 3 * leftStep), r, s7);
        lower += 4;
        right += 16;
      }
      start += pieceStep;
    }
  }
  put(target, s0, lanes);
  put(target + targetStep, s1, lanes);
  put(target + 2 * targetStep, s2, lanes);
  put(target + 3 * targetStep, s3, lanes);
  target += 4 * targetStep;
  put(target, s4, lanes);
  put(target + targetStep, s5, lanes);
  put(target + 2 * targetStep, s6, lanes);
  put(target + 3 * targetStep, s7, lanes);
}
