// exp and log of four lanes, by polynomials: Cephes' expf and logf, to about the last bit of float32.

/** e^x; 0 and infinity where float32 has nothing closer, NaN stays. */
export function exponential(x: v128): v128 {
  const bounded = f32x4.min(f32x4.max(x, f32x4.splat(-104)), f32x4.splat(89));
  const power = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(<f32>Math.LOG2E)));
  let rest = f32x4.sub(bounded, f32x4.mul(power, f32x4.splat(0.693359375)));
  rest = f32x4.sub(rest, f32x4.mul(power, f32x4.splat(-2.1219444e-4)));
  let series = f32x4.splat(1.98756915e-4);
  series = f32x4.add(f32x4.mul(series, rest), f32x4.splat(1.3981999507e-3));
  series = f32x4.add(f32x4.mul(series, rest), f32x4.splat(8.3334519073e-3));
  series = f32x4.add(f32x4.mul(series, rest), f32x4.splat(4.1665795894e-2));
  series = f32x4.add(f32x4.mul(series, rest), f32x4.splat(1.6666665459e-1));
  series = f32x4.add(f32x4.mul(series, rest), f32x4.splat(5.0000001201e-1));
  series = f32x4.add(f32x4.mul(series, f32x4.mul(rest, rest)), f32x4.add(rest, f32x4.splat(1)));
  // 2^power in two factors, since the exponent of one ends at 127
  const whole = i32x4.trunc_sat_f32x4_s(power);
  const half = i32x4.shr_s(whole, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(series, first), second);
}

/** The natural logarithm; −infinity for 0, NaN below. */
export function logarithm(x: v128): v128 {
  // numbers below 2^-126 get an exponent of their own
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  const bits = i32x4.sub(scaled, i32x4.splat(0x3f3504f3)); // √½
  let exponent = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  exponent = f32x4.sub(exponent, v128.and(f32x4.splat(23), tiny));
  const fraction = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const t = f32x4.sub(fraction, f32x4.splat(1));
  const square = f32x4.mul(t, t);
  let series = f32x4.splat(7.0376836292e-2);
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(-1.151461031e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1.167699874e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(-1.2420140846e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1.4249322787e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(-1.6668057665e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(2.0000714765e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(-2.4999993993e-1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(3.3333331174e-1));
  let result = f32x4.mul(f32x4.mul(series, t), square);
  result = f32x4.add(result, f32x4.mul(exponent, f32x4.splat(-2.1219444e-4)));
  result = f32x4.sub(result, f32x4.mul(square, f32x4.splat(0.5)));
  result = f32x4.add(f32x4.add(result, t), f32x4.mul(exponent, f32x4.splat(0.693359375)));
  const infinity = f32x4.splat(Infinity);
  result = v128.bitselect(infinity, result, f32x4.eq(x, infinity));
  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, f32x4.splat(0)));
  const isNumber = v128.and(f32x4.eq(x, x), f32x4.ge(x, f32x4.splat(0)));
  return v128.bitselect(result, f32x4.splat(NaN), isNumber);
}
