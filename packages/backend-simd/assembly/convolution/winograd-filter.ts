// Filters of Winograd's F(4×4, 3×3), see winograd-tiles.ts: G g Gᵀ, and the gradient with respect to them, Gᵀ u G.

import { madd, nmadd } from "../lanes";
import { packed, widthAt } from "./packed";
import { G_P0, G_P1, G_P2, G_Q0, G_Q1, G_Q2 } from "./winograd-points";

/**
 * Filters [3][3][channels][filters] → [36], each packed for `multiply`: blocks of 16 filters, then of 8 and 4, each
 * [channels][its filters].
 *
 * Where `turned`, the filters are those of the gradient with respect to the input: `w` is [3][3][filters][channels],
 * and rows and columns count from the end.
 *
 * Blocks of 4 channels and 16 filters are made in `scratch`, 10 kB, so that what goes to the 36 matrices, which lie far
 * apart, is whole lines of the cache.
 *
 * @param begin … @param end channels, both multiples of 4
 */
export function winogradFilter(
  w: usize,
  channels: i32,
  filters: i32,
  turned: bool,
  u: usize,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const plane = (<usize>(channels * filters)) << 2;
  // Bytes from one filter's weight to the next, and from one channel's.
  const filterStep: usize = turned ? <usize>(channels << 2) : 4;
  const channelStep: usize = turned ? 4 : <usize>(filters << 2);
  const made = scratch + 18 * 16;
  for (let c = begin; c < end; c += 4) {
    for (let k = 0; k < filters; ) {
      const wide = widthAt(k, filters);
      const bytes = <usize>(wide << 4);
      for (let i = 0; i < 4; i++) {
        const source = w + <usize>(c + i) * channelStep + <usize>k * filterStep;
        for (let j = 0; j < wide; j += 4) {
          const target = made + ((<usize>(i * wide + j)) << 2);
          transformFilters(source + <usize>j * filterStep, plane, filterStep, turned, target, bytes, scratch);
        }
      }
      let from = made;
      let to = u + packed(c, k, channels, filters);
      for (let p = 0; p < 36; p++) {
        for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
        from += bytes;
        to += plane;
      }
      k += wide;
    }
  }
}

/** G g Gᵀ of four filters of one channel, to places `step` bytes apart. */
function transformFilters(
  source: usize,
  plane: usize,
  filterStep: usize,
  turned: bool,
  target: usize,
  step: usize,
  scratch: usize,
): void {
  for (let j = 0; j < 3; j++) {
    const column = turned ? 2 - j : j;
    const g0 = weights(source + <usize>(turned ? 6 + column : column) * plane, filterStep, turned);
    const g1 = weights(source + <usize>(3 + column) * plane, filterStep, turned);
    const g2 = weights(source + <usize>(turned ? column : 6 + column) * plane, filterStep, turned);
    storeFilter(g0, g1, g2, scratch + ((<usize>j) << 4), 48);
  }
  for (let i = 0; i < 6; i++) {
    const at = scratch + <usize>(i * 48);
    storeFilter(v128.load(at), v128.load(at, 16), v128.load(at, 32), target, step);
    target += 6 * step;
  }
}

/** Weights of four filters. */
function weights(source: usize, step: usize, turned: bool): v128 {
  if (!turned) return v128.load(source);
  return f32x4(
    load<f32>(source),
    load<f32>(source + step),
    load<f32>(source + 2 * step),
    load<f32>(source + 3 * step),
  );
}

/** G of three values, `step` bytes apart. */
function storeFilter(g0: v128, g1: v128, g2: v128, target: usize, step: usize): void {
  v128.store(target, g0);
  const even = madd(f32x4.splat(G_P2), g2, f32x4.mul(g0, f32x4.splat(G_P0)));
  v128.store(target + step, madd(f32x4.splat(G_P1), g1, even));
  v128.store(target + 2 * step, nmadd(f32x4.splat(G_P1), g1, even));
  const even2 = madd(f32x4.splat(G_Q2), g2, f32x4.mul(g0, f32x4.splat(G_Q0)));
  v128.store(target + 3 * step, madd(f32x4.splat(G_Q1), g1, even2));
  v128.store(target + 4 * step, nmadd(f32x4.splat(G_Q1), g1, even2));
  v128.store(target + 5 * step, g2);
}

/**
 * Gᵀ u G of the sum of `count` gradients `u`, each [36][channels][filters] and packed, as
 * [3][3][channels][filters].
 *
 * @param begin … @param end channels
 */
export function winogradFilterGradientEnd(
  u: usize,
  count: i32,
  channels: i32,
  filters: i32,
  dw: usize,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const plane = (<usize>(channels * filters)) << 2;
  const whole = 36 * plane;
  const step = 6 * plane;
  for (let c = begin; c < end; c++) {
    for (let k = 0; k < filters; k += 4) {
      let source = u + packed(c, k, channels, filters);
      for (let j = 0; j < 6; j++) {
        const u0 = sum(source, whole, count);
        const u1 = sum(source + step, whole, count);
        const u2 = sum(source + 2 * step, whole, count);
        const u3 = sum(source + 3 * step, whole, count);
        const u4 = sum(source + 4 * step, whole, count);
        const u5 = sum(source + 5 * step, whole, count);
        storeFilterGradient(u0, u1, u2, u3, u4, u5, scratch + ((<usize>j) << 4), 96);
        source += plane;
      }
      let target = dw + ((<usize>(c * filters + k)) << 2);
      for (let i = 0; i < 3; i++) {
        const from = scratch + <usize>(i * 96);
        const u0 = v128.load(from);
        const u1 = v128.load(from, 16);
        const u2 = v128.load(from, 32);
        const u3 = v128.load(from, 48);
        const u4 = v128.load(from, 64);
        const u5 = v128.load(from, 80);
        storeFilterGradient(u0, u1, u2, u3, u4, u5, target, plane);
        target += 3 * plane;
      }
    }
  }
}

/** Σ of `count` vectors, `step` bytes apart. */
function sum(source: usize, step: usize, count: i32): v128 {
  let total = v128.load(source);
  for (let i = 1; i < count; i++) {
    source += step;
    total = f32x4.add(total, v128.load(source));
  }
  return total;
}

/** Gᵀ of six values, `step` bytes apart. */
function storeFilterGradient(
  u0: v128,
  u1: v128,
  u2: v128,
  u3: v128,
  u4: v128,
  u5: v128,
  target: usize,
  step: usize,
): void {
  const s = f32x4.add(u1, u2);
  const s2 = f32x4.add(u3, u4);
  v128.store(target, madd(f32x4.splat(G_Q0), s2, madd(f32x4.splat(G_P0), s, u0)));
  const d = f32x4.mul(f32x4.splat(G_P1), f32x4.sub(u1, u2));
  v128.store(target + step, madd(f32x4.splat(G_Q1), f32x4.sub(u3, u4), d));
  v128.store(target + 2 * step, madd(f32x4.splat(G_Q2), s2, madd(f32x4.splat(G_P2), s, u5)));
}
