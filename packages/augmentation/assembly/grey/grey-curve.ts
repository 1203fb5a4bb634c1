// The curve of changeGreyValues, in AssemblyScript (WebAssembly SIMD). src/grey/grey-values.ts says what the curve is;
// `pnpm kernels` compiles it into src/grey/grey-curve.wasm.ts.

/** Values that go through at once, f32. */
export const count: i32 = 16384;
export const values: usize = memory.data(count * 4, 16);

/**
 * Changes the first `length` values, rounded up to two: t = (value − from) / range becomes to + rise·c(t) with
 * c(t) = c1·t + c2·t² + c3·t³ from 0 to 1, and beyond the lines of slope c1 and `c1AtOne` that continue it.
 */
export function apply(
  length: i32,
  from: f64,
  range: f64,
  to: f64,
  rise: f64,
  c1: f64,
  c2: f64,
  c3: f64,
  c1AtOne: f64,
): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (let i: usize = 0; i < <usize>length; i += 2) {
    const at = values + (i << 2);
    const value = f64x2.promote_low_f32x4(v128.load64_zero(at));
    const t = f64x2.div(f64x2.sub(value, f64x2.splat(from)), f64x2.splat(range));
    const inside = f64x2.pmin(f64x2.pmax(t, zero), one);
    const slope = v128.bitselect(f64x2.splat(c1), f64x2.splat(c1AtOne), f64x2.lt(t, zero));
    const outside = f64x2.mul(f64x2.sub(t, inside), slope);
    const quadratic = f64x2.add(f64x2.splat(c2), f64x2.mul(inside, f64x2.splat(c3)));
    const cubic = f64x2.mul(inside, f64x2.add(f64x2.splat(c1), f64x2.mul(inside, quadratic)));
    const changed = f64x2.add(f64x2.splat(to), f64x2.mul(f64x2.splat(rise), f64x2.add(cubic, outside)));
    v128.store64_lane(at, f32x4.demote_f64x2_zero(changed), 0);
  }
}
