// Functions of two maps, value by value, either of which may be repeated along any dimension (broadcasting).

class Add {
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
class Subtract {
  of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}
class Multiply {
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
class Divide {
  of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}
class DivideNoNan {
  of(a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.splat(0), f32x4.div(a, b), f32x4.eq(b, f32x4.splat(0)));
  }
}
class Maximum {
  of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
class Minimum {
  of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
class SquaredDifference {
  of(a: v128, b: v128): v128 {
    const difference = f32x4.sub(a, b);
    return f32x4.mul(difference, difference);
  }
}
/** The gradient of the rectifier: a, where the rectified b is above 0. */
class ReluGradient {
  of(a: v128, b: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}

/**
 * `output` = of(`a`, `b`), of the values from `begin` to `end`. `output` has rows of `inner` values, in [·, n1, n2] of
 * them; along the dimensions of rows `a` and `b` go on by a0, a1, a2 and b0, b1, b2 values, and within a row by
 * `aInner` and `bInner`, which are 1, or 0 for one value that is repeated.
 */
function rows<Function>(
  a: usize,
  b: usize,
  output: usize,
  inner: i32,
  aInner: i32,
  bInner: i32,
  n1: i32,
  n2: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  begin: i32,
  end: i32,
): void {
  const f = changetype<Function>(0);
  for (let i = begin; i < end; ) {
    const row = i / inner;
    const column = i - row * inner;
    const plane = row / n2;
    const i2 = row - plane * n2;
    const i0 = plane / n1;
    const i1 = plane - i0 * n1;
    const length = min(inner - column, end - i);
    let x = a + ((<usize>(i0 * a0 + i1 * a1 + i2 * a2 + column * aInner)) << 2);
    let y = b + ((<usize>(i0 * b0 + i1 * b1 + i2 * b2 + column * bInner)) << 2);
    let at = output + ((<usize>i) << 2);
    const last = at + ((<usize>length) << 2);
    if (aInner !== 0 && bInner !== 0) {
      for (; at + 16 <= last; at += 16) {
        v128.store(at, f.of(v128.load(x), v128.load(y)));
        x += 16;
        y += 16;
      }
      for (; at < last; at += 4) {
        v128.store32_lane(at, f.of(v128.load32_zero(x), v128.load32_zero(y)), 0);
        x += 4;
        y += 4;
      }
    } else if (aInner !== 0) {
      const value = v128.load32_splat(y);
      for (; at + 16 <= last; at += 16) {
        v128.store(at, f.of(v128.load(x), value));
        x += 16;
      }
      for (; at < last; at += 4) {
        v128.store32_lane(at, f.of(v128.load32_zero(x), value), 0);
        x += 4;
      }
    } else {
      const value = v128.load32_splat(x);
      const step: usize = bInner !== 0 ? 4 : 0;
      if (step === 0) {
        const result = f.of(value, v128.load32_splat(y));
        for (; at < last; at += 4) v128.store32_lane(at, result, 0);
      }
      for (; at + 16 <= last; at += 16) {
        v128.store(at, f.of(value, v128.load(y)));
        y += 16;
      }
      for (; at < last; at += 4) {
        v128.store32_lane(at, f.of(value, v128.load32_zero(y)), 0);
        y += 4;
      }
    }
    i += length;
  }
}

/** The function of that number, in the order of `functions` in `src/kernels/binary.ts`; the rest as for `rows`. */
export function binary(
  which: i32,
  a: usize,
  b: usize,
  output: usize,
  inner: i32,
  aInner: i32,
  bInner: i32,
  n1: i32,
  n2: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  begin: i32,
  end: i32,
): void {
  switch (which) {
    case 0:
      rows<Add>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 1:
      rows<Subtract>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 2:
      rows<Multiply>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 3:
      rows<Divide>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 4:
      rows<DivideNoNan>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 5:
      rows<Maximum>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 6:
      rows<Minimum>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
    case 7:
      rows<SquaredDifference>(
        a,
        b,
        output,
        inner,
        aInner,
        bInner,
        n1,
        n2,
        a0,
        a1,
        a2,
        b0,
        b1,
        b2,
        begin,
        end,
      );
      break;
    case 8:
      rows<ReluGradient>(a, b, output, inner, aInner, bInner, n1, n2, a0, a1, a2, b0, b1, b2, begin, end);
      break;
  }
}
