// The tiles of Winograd's F(4×4, 3×3): Lavin and Gray 2016, arXiv:1509.09308. A tile of 4×4 outputs y of a 3×3
// convolution of 6×6 inputs d with a filter g is
//
//   y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A
//
// so that 36 products do for 144. Summed over channels, each of the 36 positions is a product of matrices, tiles ×
// channels by channels × filters. These functions go from maps [batch, height, width, channels] to such matrices and
// back: [36][tiles][channels], with `plane` bytes from one position to the next. Tiles count along the rows of an image,
// then down, then through the batch. What a tile needs outside its map is 0, and what it gives there is dropped.
//
// Everything is done with four channels at once, first along the columns, which neighbouring tiles share two of, then
// along the rows.

import { madd, nmadd, zero } from "../lanes";
import { packed } from "./packed";
import { P, P2, P3, PER_P3, Q, Q2, RATIO, RATIO2, RATIO3, SUM } from "./winograd-points";

/** Tiles of one row that are taken together: their columns stay in the first-level cache. */
const RUN = 8;

/** Bytes of `scratch` that each function needs. */
export const TILE_SCRATCH: i32 = (4 * RUN + 2) * 6 * 16;

/**
 * Bᵀ d B of tiles `begin` to `end` of the map `x`, into `v`.
 *
 * @param x points to the first of the `used` channels that are taken; `v` has these only
 * @param top how far the first tile begins above the map, and `left`, how far beside it, px
 */
export function transformInput(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  used: i32,
  top: i32,
  left: i32,
  tilesDown: i32,
  tilesAcross: i32,
  begin: i32,
  end: i32,
  v: usize,
  plane: usize,
  scratch: usize,
): void {
  const pixel = <usize>(channels << 2);
  const row = <usize>width * pixel;
  const image = <usize>height * row;
  const usedBytes = <usize>(used << 2);
  const perImage = tilesDown * tilesAcross;
  let tile = begin;
  while (tile < end) {
    const inImage = tile % perImage;
    const across = inImage % tilesAcross;
    const run = min(RUN, min(end - tile, tilesAcross - across));
    const y = (inImage / tilesAcross) * 4 - top;
    const left4 = across * 4 - left;
    const columns = 4 * run + 2;
    // Columns that are in the map; the others are 0, and so are their transforms.
    const first = min(columns, max(0, -left4));
    const last = max(first, min(columns, width - left4));
    memory.fill(scratch, 0, <usize>(first * 96));
    memory.fill(scratch + <usize>(last * 96), 0, <usize>((columns - last) * 96));
    const origin = x + <usize>(tile / perImage) * image + <usize>y * row + <usize>(left4 + first) * pixel;
    for (let c: usize = 0; c < usedBytes; c += 16) {
      const to = scratch + <usize>(first * 96);
      if (y >= 0 && y + 6 <= height) inputLines(origin + c, row, pixel, to, 16, 96, last - first);
      else columnsAtEdge(origin + c, row, pixel, y, height, to, last - first);
      let target = v + c;
      let column = scratch;
      for (let i = 0; i < run; i++) {
        inputLines(column, 96, 16, target, plane, 6 * plane, 6);
        target += usedBytes;
        column += 4 * 96;
      }
    }
    v += <usize>run * usedBytes;
    tile += run;
  }
}

/** As `inputLines`, of columns that reach over the upper or lower edge of the map: 0 is what is there. */
function columnsAtEdge(
  source: usize,
  row: usize,
  pixel: usize,
  y: i32,
  height: i32,
  target: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < 6; j++) {
      const value = <u32>(y + j) < <u32>height ? v128.load(source + <usize>j * row) : zero();
      v128.store(target + <usize>(j << 4), value);
    }
    inputLines(target, 16, 0, target, 16, 0, 1);
    source += pixel;
    target += 96;
  }
}

/**
 * Bᵀ of `count` lines of six values: `sourceStep` bytes apart in a line, which are `sourceNext` bytes apart, and so in the
 * target.
 */
function inputLines(
  source: usize,
  sourceStep: usize,
  sourceNext: usize,
  target: usize,
  targetStep: usize,
  targetNext: usize,
  count: i32,
): void {
  const p = f32x4.splat(P);
  const p2 = f32x4.splat(P2);
  const q = f32x4.splat(Q);
  const q2 = f32x4.splat(Q2);
  const sum = f32x4.splat(SUM);
  for (let i = 0; i < count; i++) {
    const d0 = v128.load(source);
    const d1 = v128.load(source + sourceStep);
    const d2 = v128.load(source + 2 * sourceStep);
    const d3 = v128.load(source + 3 * sourceStep);
    const d4 = v128.load(source + 4 * sourceStep);
    const d5 = v128.load(source + 5 * sourceStep);
    v128.store(target, nmadd(sum, d2, f32x4.add(d0, d4)));
    v128.store(target + 5 * targetStep, nmadd(sum, d3, f32x4.add(d1, d5)));
    const even = nmadd(q2, d2, d4);
    const odd = nmadd(q2, d1, d3);
    v128.store(target + targetStep, madd(p, odd, even));
    v128.store(target + 2 * targetStep, nmadd(p, odd, even));
    const even2 = nmadd(p2, d2, d4);
    const odd2 = nmadd(p2, d1, d3);
    v128.store(target + 3 * targetStep, madd(q, odd2, even2));
    v128.store(target + 4 * targetStep, nmadd(q, odd2, even2));
    source += sourceNext;
    target += targetNext;
  }
}

/**
 * Aᵀ m A of tiles `begin` to `end`, from `m` into the map `y`, with the bias (unless 0) added and, where `least` is 0,
 * negative values made 0 (−∞ keeps them).
 *
 * @param y points to the first of the `used` channels that `m` has; `bias` has these, too
 */
export function transformOutput(
  m: usize,
  plane: usize,
  bias: usize,
  least: f32,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  used: i32,
  tilesDown: i32,
  tilesAcross: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const pixel = <usize>(channels << 2);
  const row = <usize>width * pixel;
  const perImage = tilesDown * tilesAcross;
  const floor = f32x4.splat(least);
  const usedBytes = <usize>(used << 2);
  for (let tile = begin; tile < end; tile++) {
    const inImage = tile % perImage;
    const top = (inImage / tilesAcross) * 4;
    const left = (inImage % tilesAcross) * 4;
    const rows = min(4, height - top);
    const columns = min(4, width - left);
    const origin = y + (<usize>(tile / perImage) * <usize>height + <usize>top) * row + <usize>left * pixel;
    for (let c: usize = 0; c < usedBytes; c += 16) {
      let source = m + c;
      for (let i = 0; i < 6; i++) {
        const m0 = v128.load(source),
          m1 = v128.load(source + 6 * plane),
          m2 = v128.load(source + 12 * plane);
        const m3 = v128.load(source + 18 * plane),
          m4 = v128.load(source + 24 * plane),
          m5 = v128.load(source + 30 * plane);
        const s = f32x4.add(m1, m2),
          d = f32x4.sub(m1, m2),
          s2 = f32x4.add(m3, m4),
          d2 = f32x4.sub(m3, m4);
        const at = scratch + <usize>(i << 4);
        // row i is still to be multiplied by Pⁱ
        v128.store(at, f32x4.add(f32x4.add(m0, s), s2));
        v128.store(at, madd(f32x4.splat(RATIO), d2, d), 96);
        v128.store(at, madd(f32x4.splat(RATIO2), s2, s), 192);
        v128.store(at, madd(f32x4.splat(PER_P3), m5, madd(f32x4.splat(RATIO3), d2, d)), 288);
        source += plane;
      }
      const b = bias ? v128.load(bias + c) : zero();
      let target = origin + c;
      let power: f32 = 1;
      for (let i = 0; i < rows; i++) {
        const at = scratch + <usize>(i * 96);
        const m0 = v128.load(at),
          m1 = v128.load(at, 16),
          m2 = v128.load(at, 32);
        const m3 = v128.load(at, 48),
          m4 = v128.load(at, 64),
          m5 = v128.load(at, 80);
        const s = f32x4.add(m1, m2),
          d = f32x4.sub(m1, m2),
          s2 = f32x4.add(m3, m4),
          d2 = f32x4.sub(m3, m4);
        const y0 = madd(f32x4.splat(power), f32x4.add(f32x4.add(m0, s), s2), b);
        const y1 = madd(f32x4.splat(power * P), madd(f32x4.splat(RATIO), d2, d), b);
        const y2 = madd(f32x4.splat(power * P2), madd(f32x4.splat(RATIO2), s2, s), b);
        const cubes = madd(f32x4.splat(PER_P3), m5, madd(f32x4.splat(RATIO3), d2, d));
        const y3 = madd(f32x4.splat(power * P3), cubes, b);
        v128.store(target, f32x4.max(y0, floor));
        if (columns === 4) {
          v128.store(target + pixel, f32x4.max(y1, floor));
          v128.store(target + 2 * pixel, f32x4.max(y2, floor));
          v128.store(target + 3 * pixel, f32x4.max(y3, floor));
        } else {
          if (columns > 1) v128.store(target + pixel, f32x4.max(y1, floor));
          if (columns > 2) v128.store(target + 2 * pixel, f32x4.max(y2, floor));
        }
        target += row;
        power *= P;
      }
    }
    m += usedBytes;
  }
}

/**
 * A y Aᵀ of tiles `begin` to `end` of the map `y`, the gradient with respect to the outputs: into `d`, whose 36
 * matrices [end − begin][channels] are packed as the right side of a product.
 */
export function transformGradient(
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  tilesDown: i32,
  tilesAcross: i32,
  begin: i32,
  end: i32,
  d: usize,
  plane: usize,
  scratch: usize,
): void {
  const pixel = <usize>(channels << 2);
  const row = <usize>width * pixel;
  const perImage = tilesDown * tilesAcross;
  const edge = scratch + 24 * 16;
  for (let tile = begin; tile < end; tile++) {
    const inImage = tile % perImage;
    const top = (inImage / tilesAcross) * 4;
    const left = (inImage % tilesAcross) * 4;
    const rows = min(4, height - top);
    const columns = min(4, width - left);
    const origin = y + (<usize>(tile / perImage) * <usize>height + <usize>top) * row + <usize>left * pixel;
    for (let c = 0; c < channels; c += 4) {
      const source = origin + <usize>(c << 2);
      if (rows === 4 && columns === 4) gradientLines(source, row, pixel, scratch, 64, 16, 4);
      else {
        for (let i = 0; i < 16; i++) {
          const isThere = i >> 2 < rows && (i & 3) < columns;
          const value = isThere ? v128.load(source + <usize>(i >> 2) * row + <usize>(i & 3) * pixel) : zero();
          v128.store(edge + <usize>(i << 4), value);
        }
        gradientLines(edge, 64, 16, scratch, 64, 16, 4);
      }
      const target = d + packed(tile - begin, c, end - begin, channels);
      gradientLines(scratch, 16, 64, target, plane, 6 * plane, 6);
    }
  }
}

/** A of `count` lines of four values; steps as of `inputLines`. */
function gradientLines(
  source: usize,
  sourceStep: usize,
  sourceNext: usize,
  target: usize,
  targetStep: usize,
  targetNext: usize,
  count: i32,
): void {
  const p = f32x4.splat(P);
  const p2 = f32x4.splat(P2);
  const q = f32x4.splat(Q);
  const q2 = f32x4.splat(Q2);
  for (let i = 0; i < count; i++) {
    const y0 = v128.load(source);
    const y1 = v128.load(source + sourceStep);
    const y2 = v128.load(source + 2 * sourceStep);
    const y3 = v128.load(source + 3 * sourceStep);
    v128.store(target, y0);
    const even = madd(p2, y2, y0);
    const odd = madd(p2, y3, y1);
    v128.store(target + targetStep, madd(p, odd, even));
    v128.store(target + 2 * targetStep, nmadd(p, odd, even));
    const even2 = madd(q2, y2, y0);
    const odd2 = madd(q2, y3, y1);
    v128.store(target + 3 * targetStep, madd(q, odd2, even2));
    v128.store(target + 4 * targetStep, nmadd(q, odd2, even2));
    v128.store(target + 5 * targetStep, y3);
    source += sourceNext;
    target += targetNext;
  }
}
