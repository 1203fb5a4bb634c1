// Copies of parts: slices, padding, concatenation, transposition, all of values of 4 bytes.

/**
 * Copies rows of `inner` values, from `x` to `output`. Rows number [·, n1, n2, n3]; along these dimensions `x` goes on
 * by x0 … x3 values and `output` by o0 … o3, and within a row `x` by `xInner`. Items are rows.
 */
export function copy(
  x: usize,
  output: usize,
  inner: i32,
  xInner: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  o0: i32,
  o1: i32,
  o2: i32,
  o3: i32,
  begin: i32,
  end: i32,
): void {
  const bytes = (<usize>inner) << 2;
  const step = (<usize>xInner) << 2;
  let i3 = begin % n3;
  let i2 = (begin / n3) % n2;
  let i1 = (begin / n3 / n2) % n1;
  let i0 = begin / n3 / n2 / n1;
  for (let row = begin; row < end; row++) {
    let from = x + ((<usize>(i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3)) << 2);
    let to = output + ((<usize>(i0 * o0 + i1 * o1 + i2 * o2 + i3 * o3)) << 2);
    if (step === 4 && bytes >= 256) {
      memory.copy(to, from, bytes);
    } else {
      const last = to + bytes;
      if (step === 4) {
        for (; to + 16 <= last; to += 16) {
          v128.store(to, v128.load(from));
          from += 16;
        }
      }
      for (; to < last; to += 4) {
        store<u32>(to, load<u32>(from));
        from += step;
      }
    }
    if (++i3 < n3) continue;
    i3 = 0;
    if (++i2 < n2) continue;
    i2 = 0;
    if (++i1 < n1) continue;
    i1 = 0;
    i0++;
  }
}
