// Convolutions straight from their definition, for any size of filter, stride and dilation: what Winograd's transform
// doesn't serve.

import { directRow, prepareRows } from "./direct-row";
import { gatherLines } from "./lines";

/**
 * Bias, convolution and ReLU.
 *
 * @param upY rows of the input are taken to lie so far apart, with zeros between (and `upX` columns): with the turned
 *   filter, the gradient of a convolution of that stride
 * @param w filters from `pack`
 * @param bias [filters rounded up to 4], or 0
 * @param least 0 for ReLU, −∞ for none
 * @param begin … @param end rows of outputs, of all images
 * @param scratch filterHeight · ((outWidth − 1) · strideX + (filterWidth − 1) · dilationX + 1) · channels · 4 bytes
 */
export function direct(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  upY: i32,
  upX: i32,
  w: usize,
  filterHeight: i32,
  filterWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  top: i32,
  left: i32,
  bias: usize,
  least: f32,
  y: usize,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const pixel = <usize>(channels << 2);
  const row = <usize>width * pixel;
  const reach = (outWidth - 1) * strideX + (filterWidth - 1) * dilationX + 1;
  const line = <usize>reach * pixel;
  const narrow = upX > 1 || left !== 0 || reach > width;
  const pieces = dilationX === 1 ? 1 : filterWidth;
  const floats = dilationX === 1 ? filterWidth * channels : channels;
  const outPixel = <usize>(filters << 2);
  for (let item = begin; item < end; item++) {
    const image = x + <usize>(item / outHeight) * <usize>height * row;
    const first = (item % outHeight) * strideY - top;
    let source = image + <usize>first * row;
    let step = <usize>dilationY * row;
    if (narrow || upY > 1 || first < 0 || first + (filterHeight - 1) * dilationY >= height) {
      gatherLines(
        image,
        height,
        width,
        pixel,
        upY,
        upX,
        first,
        dilationY,
        filterHeight,
        left,
        reach,
        scratch,
      );
      source = scratch;
      step = line;
    }
    prepareRows(filterHeight, step, pieces, floats, <usize>dilationX * pixel, least);
    const target = y + <usize>item * <usize>outWidth * outPixel;
    directRow(source, <usize>strideX * pixel, w, bias, target, outPixel, outWidth, filters);
  }
}

/**
 * A product of matrices [rows][depth] · [depth][columns], with bias and ReLU: a convolution 1×1.
 *
 * @param right from `pack`
 * @param bias [columns rounded up to 4], or 0
 * @param begin … @param end rows
 */
export function matrixProduct(
  left: usize,
  depth: i32,
  right: usize,
  bias: usize,
  least: f32,
  target: usize,
  columns: i32,
  begin: i32,
  end: i32,
): void {
  const leftStep = <usize>(depth << 2);
  const targetStep = <usize>(columns << 2);
  prepareRows(1, 0, 1, depth, 0, least);
  // So many that they stay in the first-level cache while all columns pass.
  for (let row = begin; row < end; row += 16) {
    const count = min(16, end - row);
    directRow(
      left + <usize>row * leftStep,
      leftStep,
      right,
      bias,
      target + <usize>row * targetStep,
      targetStep,
      count,
      columns,
    );
  }
}

/**
 * The gradient of a convolution whose filters tile the input, with respect to it (an up-convolution): each pixel of
 * `dy` makes a patch of its own.
 *
 * @param w filterHeight matrices from `pack`, [filters][filterWidth · channels]
 * @param bias [filterWidth · channels], or 0
 * @param begin … @param end rows of `dy`, of all images
 */
export function spreadPatches(
  dy: usize,
  width: i32,
  filters: i32,
  w: usize,
  filterHeight: i32,
  patch: i32,
  bias: usize,
  least: f32,
  dx: usize,
  begin: i32,
  end: i32,
): void {
  const leftStep = <usize>(filters << 2);
  const targetStep = <usize>(patch << 2);
  const matrix = (<usize>(filters * ((patch + 3) & ~3))) << 2;
  prepareRows(1, 0, 1, filters, 0, least);
  for (let row = begin; row < end; row++) {
    const left = dy + <usize>row * <usize>width * leftStep;
    for (let r = 0; r < filterHeight; r++) {
      const target = dx + <usize>(row * filterHeight + r) * <usize>width * targetStep;
      directRow(left, leftStep, w + <usize>r * matrix, bias, target, targetStep, width, patch);
    }
  }
}
