// Element-wise functions of one map.

/** `output` = max(0, `x`), of the values from `begin` to `end`; NaN stays. */
export function relu(x: usize, output: usize, begin: i32, end: i32): void {
  const zero = f32x4.splat(0);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(output + at, f32x4.max(v128.load(x + at), zero));
  }
  for (; i < end; i++) {
    const at = (<usize>i) << 2;
    store<f32>(output + at, max(load<f32>(x + at), <f32>0));
  }
}
