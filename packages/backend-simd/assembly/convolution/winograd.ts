// 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3): see winograd-tiles.ts.

import { multiply } from "./product";
import { addTransposedProduct } from "./transposed-product";
import { TILE_SCRATCH, transformGradient, transformInput, transformOutput } from "./winograd-tiles";

/**
 * Bias, convolution and ReLU. Each group of tiles is brought into the second-level cache, multiplied and taken back
 * before the next. Where groups are few, each is done for one of several `parts` of the filters at a time.
 *
 * @param u filters from `winogradFilter`
 * @param bias [filters], or 0
 * @param least 0 for ReLU, −∞ for none
 * @param tiles of all images
 * @param group tiles of a group
 * @param parts of the filters; each is a multiple of 16, save the last
 * @param begin … @param end groups × parts
 * @param scratch `TILE_SCRATCH` + 36 · ((channels + filters) · group · 4 + 2 · 64) bytes
 */
export function winograd(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  u: usize,
  bias: usize,
  least: f32,
  y: usize,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  tiles: i32,
  group: i32,
  parts: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const across = (outWidth + 3) >> 2;
  const down = (outHeight + 3) >> 2;
  const perPart = ((filters + parts - 1) / parts + 15) & ~15;
  const pixel = <usize>(channels << 2);
  // Not a multiple of the cache's period, else all positions would lie in the same lines.
  const plane = <usize>group * pixel + 64;
  const filterPlane = (<usize>(channels * filters)) << 2;
  const v = scratch + TILE_SCRATCH;
  const m = v + 36 * plane;
  let inV = -1;
  for (let item = begin; item < end; item++) {
    const g = item / parts;
    const first = g * group;
    const last = min(tiles, first + group);
    const k = (item % parts) * perPart;
    const used = min(perPart, filters - k);
    if (used <= 0) continue;
    const outPixel = <usize>(used << 2);
    const outPlane = <usize>group * outPixel + 64;
    if (g !== inV) {
      transformInput(
        x,
        height,
        width,
        channels,
        channels,
        top,
        left,
        down,
        across,
        first,
        last,
        v,
        plane,
        scratch,
      );
      inV = g;
    }
    let right = u + <usize>((k * channels) << 2);
    for (let p = 0; p < 36; p++) {
      multiply(
        v + <usize>p * plane,
        pixel,
        right,
        m + <usize>p * outPlane,
        outPixel,
        last - first,
        channels,
        used,
      );
      right += filterPlane;
    }
    const at = <usize>(k << 2);
    transformOutput(
      m,
      outPlane,
      bias ? bias + at : 0,
      least,
      y + at,
      outHeight,
      outWidth,
      filters,
      used,
      down,
      across,
      first,
      last,
      scratch,
    );
  }
}

/**
 * The gradient with respect to the filters, in Winograd's domain: Σ over tiles of (Bᵀ d B) ⊗ (A y Aᵀ), as `blocks`
 * sums over equal shares of the tiles, each [36][channels][filters], packed. Which they are depends on the shapes alone, so that
 * the result doesn't depend on threads.
 *
 * @param dy the gradient with respect to the outputs
 * @param perPart channels of one of several parts, a multiple of 4
 * @param begin … @param end blocks × parts
 * @param scratch `TILE_SCRATCH` + 36 · ((perPart + filters) · group · 4 + 2 · 64) bytes
 */
export function winogradFilterGradient(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  dy: usize,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  u: usize,
  tiles: i32,
  group: i32,
  blocks: i32,
  perPart: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const across = (outWidth + 3) >> 2;
  const down = (outHeight + 3) >> 2;
  const parts = (channels + perPart - 1) / perPart;
  const outPixel = <usize>(filters << 2);
  const outPlane = <usize>group * outPixel + 64;
  const filterPlane = <usize>channels * outPixel;
  const groups = (tiles + group - 1) / group;
  for (let item = begin; item < end; item++) {
    const block = item / parts;
    const c = (item % parts) * perPart;
    const used = min(perPart, channels - c);
    const plane = <usize>((group * used) << 2) + 64;
    const v = scratch + TILE_SCRATCH;
    const d = v + 36 * plane;
    const target = u + <usize>block * 36 * filterPlane;
    const firstGroup = (groups * block) / blocks;
    const lastGroup = (groups * (block + 1)) / blocks;
    for (let g = firstGroup; g < lastGroup; g++) {
      const first = g * group;
      const last = min(tiles, first + group);
      transformInput(
        x + <usize>(c << 2),
        height,
        width,
        channels,
        used,
        top,
        left,
        down,
        across,
        first,
        last,
        v,
        plane,
        scratch,
      );
      transformGradient(dy, outHeight, outWidth, filters, down, across, first, last, d, outPlane, scratch);
      for (let p = 0; p < 36; p++) {
        addTransposedProduct(
          v + <usize>p * plane,
          used,
          d + <usize>p * outPlane,
          filters,
          last - first,
          target + <usize>p * filterPlane,
          c,
          channels,
          g === firstGroup,
        );
      }
    }
  }
}
