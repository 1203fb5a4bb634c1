// The gradient of any convolution with respect to its filters, from its definition: Σ over pixels of x · dy.

import { gatherLines } from "./lines";
import { add2x16, add4x4, add4x8 } from "./transposed-product";

/**
 * `blocks` sums over equal shares of the rows of outputs, each [filterHeight · pieces][rows][filters]: a piece is what
 * lies contiguous in the input (a row of the filter, or with dilation one of its taps), its rows and the filters rounded
 * up to 4. Which shares they are depends on the shapes alone, so that the result doesn't depend on threads.
 *
 * @param perPart filters of one of several parts, a multiple of 16
 * @param begin … @param end blocks × parts
 * @param scratch filterHeight · ((outWidth − 1) · strideX + (filterWidth − 1) · dilationX + 1) · channels · 4 bytes
 */
export function directFilterGradient(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  top: i32,
  left: i32,
  dy: usize,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  sums: usize,
  outRows: i32,
  blocks: i32,
  perPart: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const pixel = <usize>(channels << 2);
  const row = <usize>width * pixel;
  const reach = (outWidth - 1) * strideX + (filterWidth - 1) * dilationX + 1;
  const narrow = left !== 0 || reach > width;
  const pieces = dilationX === 1 ? 1 : filterWidth;
  const floats = dilationX === 1 ? filterWidth * channels : channels;
  const rows = (floats + 3) & ~3;
  const columns = (filters + 3) & ~3;
  const targetStep = <usize>(columns << 2);
  const pieceBytes = <usize>rows * targetStep;
  const parts = (filters + perPart - 1) / perPart;
  const outPixel = <usize>(filters << 2);
  for (let item = begin; item < end; item++) {
    const block = item / parts;
    const k = (item % parts) * perPart;
    const used = min(perPart, columns - k);
    const target = sums + <usize>(block * filterHeight * pieces) * pieceBytes + <usize>(k << 2);
    for (let i = 0; i < filterHeight * pieces * rows; i++) {
      memory.fill(target + <usize>i * targetStep, 0, <usize>(used << 2));
    }
    const lastRow = <i32>((<i64>outRows * (block + 1)) / blocks);
    for (let outRow = <i32>((<i64>outRows * block) / blocks); outRow < lastRow; outRow++) {
      const image = x + <usize>(outRow / outHeight) * <usize>height * row;
      const first = (outRow % outHeight) * strideY - top;
      const right = dy + <usize>outRow * <usize>outWidth * outPixel + <usize>(k << 2);
      for (let r = 0; r < filterHeight; r++) {
        const inputRow = first + r * dilationY;
        if (<u32>inputRow >= <u32>height) continue;
        let source = image + <usize>inputRow * row;
        if (narrow) {
          gatherLines(image, height, width, pixel, 1, 1, inputRow, 1, 1, left, reach, scratch);
          source = scratch;
        }
        for (let piece = 0; piece < pieces; piece++) {
          addOuter(
            source + <usize>(piece * dilationX) * pixel,
            <usize>strideX * pixel,
            floats,
            right,
            outPixel,
            used,
            outWidth,
            target + <usize>(r * pieces + piece) * pieceBytes,
            targetStep,
          );
        }
      }
    }
  }
}

/** Σ over `depth` pixels of left ⊗ right. */
function addOuter(
  left: usize,
  leftStep: usize,
  rows: i32,
  right: usize,
  rightStep: usize,
  columns: i32,
  depth: i32,
  target: usize,
  targetStep: usize,
): void {
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    for (let row = 0; row < rows; row += 2) {
      add2x16(
        left + <usize>(row << 2),
        leftStep,
        right,
        rightStep,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
    }
    right += 64;
    target += 64;
  }
  if (columns & 8) {
    for (let row = 0; row < rows; row += 4) {
      add4x8(
        left + <usize>(row << 2),
        leftStep,
        right,
        rightStep,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
    }
    right += 32;
    target += 32;
  }
  if (columns & 4) {
    for (let row = 0; row < rows; row += 4) {
      add4x4(
        left + <usize>(row << 2),
        leftStep,
        right,
        rightStep,
        depth,
        target + <usize>row * targetStep,
        targetStep,
      );
    }
  }
}

/**
 * The sum of `directFilterGradient`'s `blocks` sums, as [filterHeight][filterWidth][channels][filters].
 *
 * @param pieces of all rows of the filter, and `floats`, of each
 * @param begin … @param end pieces × floats
 */
export function directFilterGradientEnd(
  sums: usize,
  blocks: i32,
  pieces: i32,
  floats: i32,
  filters: i32,
  dw: usize,
  begin: i32,
  end: i32,
): void {
  const rows = (floats + 3) & ~3;
  const columns = (filters + 3) & ~3;
  const block = (<usize>(pieces * rows * columns)) << 2;
  for (let item = begin; item < end; item++) {
    const source = sums + ((<usize>(((item / floats) * rows + (item % floats)) * columns)) << 2);
    const target = dw + ((<usize>(item * filters)) << 2);
    for (let k = 0; k < filters; k += 4) {
      const at = <usize>(k << 2);
      let sum = v128.load(source + at);
      for (let i = 1; i < blocks; i++) sum = f32x4.add(sum, v128.load(source + at + <usize>i * block));
      if (k + 4 <= filters) v128.store(target + at, sum);
      else {
        const rest = filters - k;
        if (rest === 1) v128.store32_lane(target + at, sum, 0);
        else {
          v128.store64_lane(target + at, sum, 0);
          if (rest === 3) v128.store32_lane(target + at + 8, sum, 2);
        }
      }
    }
  }
}
