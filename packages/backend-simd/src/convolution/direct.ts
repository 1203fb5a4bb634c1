import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { withMemory } from "./with-memory.js";

/** Rows of a product of matrices that are worth waking a thread. */
const ROWS = 64;
/** Pieces of work that a filter's gradient is cut into, where it can be: enough for eight threads. */
const ITEMS = 16;
/** Filters of such a piece. */
const PART = 64;
/** Most bytes of the partial sums of a filter's gradient. */
const MOST_SUMS = 2 ** 25;

/** Bias, convolution and ReLU of any size, stride and dilation. `bias` may be 0, for none. */
export function directForward(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  filter: number,
  bias: number,
  relu: boolean,
  y: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } =
    info;
  const taps = filterHeight * filterWidth;
  const least = relu ? 0 : -Infinity;
  withMemory(backend, taps * inChannels * roundUp(outChannels) * 4, (packed) => {
    pack(backend, filter, taps, inChannels, outChannels, false, packed);
    if (isProduct(info)) {
      const rows = batchSize * outHeight * outWidth;
      multiply(backend, x, inChannels, packed, bias, least, y, outChannels, rows);
      return;
    }
    backend.run(
      "direct",
      [
        ...[x, inHeight, inWidth, inChannels, 1, 1, packed, filterHeight, filterWidth],
        ...[strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo.top, padInfo.left],
        ...[bias, least, y, outHeight, outWidth, outChannels],
      ],
      batchSize * outHeight,
      filterHeight * reach(outWidth, strideWidth, filterWidth, dilationWidth) * inChannels * 4,
    );
  });
}

/** The gradient with respect to the input. */
export function directInputGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } =
    info;
  const taps = filterHeight * filterWidth;
  if (isTiling(info)) {
    const patch = filterWidth * inChannels;
    const matrix = outChannels * roundUp(patch) * 4;
    withMemory(backend, filterHeight * matrix, (packed) => {
      for (let row = 0; row < filterHeight; row++) {
        const weights = filter + row * patch * outChannels * 4;
        pack(backend, weights, 1, outChannels, patch, true, packed + row * matrix);
      }
      const args = [dy, outWidth, outChannels, packed, filterHeight, patch, 0, -Infinity, dx];
      backend.run("spreadPatches", args, batchSize * outHeight);
    });
    return;
  }
  withMemory(backend, taps * outChannels * roundUp(inChannels) * 4, (packed) => {
    pack(backend, filter, taps, outChannels, inChannels, true, packed);
    if (isProduct(info)) {
      const rows = batchSize * outHeight * outWidth;
      multiply(backend, dy, outChannels, packed, 0, -Infinity, dx, inChannels, rows);
      return;
    }
    // the convolution with the turned filters of `dy`, whose pixels lie a stride apart
    const top = (filterHeight - 1) * dilationHeight - padInfo.top;
    const left = (filterWidth - 1) * dilationWidth - padInfo.left;
    backend.run(
      "direct",
      [
        ...[
          dy,
          outHeight,
          outWidth,
          outChannels,
          strideHeight,
          strideWidth,
          packed,
          filterHeight,
          filterWidth,
        ],
        ...[1, 1, dilationHeight, dilationWidth, top, left, 0, -Infinity, dx, inHeight, inWidth, inChannels],
      ],
      batchSize * inHeight,
      filterHeight * reach(inWidth, 1, filterWidth, dilationWidth) * outChannels * 4,
    );
  });
}

/** The gradient with respect to the filters. */
export function directFilterGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  dw: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } =
    info;
  // what is contiguous in the input: a row of the filter, or with dilation one of its taps
  const pieces = filterHeight * (dilationWidth === 1 ? 1 : filterWidth);
  const floats = (dilationWidth === 1 ? filterWidth : 1) * inChannels;
  const sumBytes = pieces * roundUp(floats) * roundUp(outChannels) * 4;
  const parts = Math.ceil(outChannels / PART);
  const rows = batchSize * outHeight;
  const blocks = Math.max(1, Math.min(Math.ceil(ITEMS / parts), rows, Math.floor(MOST_SUMS / sumBytes)));
  withMemory(backend, blocks * sumBytes, (sums) => {
    backend.run(
      "directFilterGradient",
      [
        ...[x, inHeight, inWidth, inChannels, filterHeight, filterWidth, strideHeight, strideWidth],
        ...[dilationHeight, dilationWidth, padInfo.top, padInfo.left, dy, outHeight, outWidth, outChannels],
        ...[sums, rows, blocks, PART],
      ],
      blocks * parts,
      reach(outWidth, strideWidth, filterWidth, dilationWidth) * inChannels * 4,
    );
    backend.run("directFilterGradientEnd", [sums, blocks, pieces, floats, outChannels, dw], pieces * floats);
  });
}

/**
 * Packs matrices for products: `taps` of them, [rows][columns] or, where `turned`, [columns][rows] and from the last to
 * the first.
 */
export function pack(
  backend: SimdBackend,
  weights: number,
  taps: number,
  rows: number,
  columns: number,
  turned: boolean,
  packed: number,
): void {
  const steps = turned ? [1, rows] : [columns, 1];
  backend.run("pack", [weights, taps, rows, columns, ...steps, Number(turned), packed], taps * rows, 0, ROWS);
}

/** `target` [rows][columns] = max(least, `left` [rows][depth] · `packed` + `bias`). */
function multiply(
  backend: SimdBackend,
  left: number,
  depth: number,
  packed: number,
  bias: number,
  least: number,
  target: number,
  columns: number,
  rows: number,
): void {
  backend.run("matrixProduct", [left, depth, packed, bias, least, target, columns], rows, 0, ROWS);
}

/** Whether each output sees one pixel, the one at its own place. */
function isProduct(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, outHeight, outWidth } =
    info;
  const isOne = filterHeight * filterWidth * strideHeight * strideWidth === 1;
  return isOne && inHeight === outHeight && inWidth === outWidth;
}

/** Whether each pixel of the input is seen by exactly one output. */
function isTiling(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  return (
    filterHeight === strideHeight &&
    filterWidth === strideWidth &&
    dilationHeight * dilationWidth === 1 &&
    info.inHeight === info.outHeight * strideHeight &&
    info.inWidth === info.outWidth * strideWidth &&
    info.padInfo.top === 0 &&
    info.padInfo.left === 0
  );
}

/** Pixels that a row of outputs sees. */
function reach(outputs: number, stride: number, filter: number, dilation: number): number {
  return (outputs - 1) * stride + (filter - 1) * dilation + 1;
}

/** To a multiple of four. */
function roundUp(count: number): number {
  return Math.ceil(count / 4) * 4;
}
