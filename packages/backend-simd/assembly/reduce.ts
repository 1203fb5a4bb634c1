// Sums and the like along one dimension. In blocks of fixed size, whose results are summed in order: the same for any
// number of threads.

class Sum {
  first(): f32 {
    return 0;
  }
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
class Maximum {
  first(): f32 {
    return -Infinity;
  }
  of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
class Minimum {
  first(): f32 {
    return Infinity;
  }
  of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

/**
 * Reduces `x` [outer, length, inner] along `length` in blocks of `block`, of which there are `blocks`: `output` [outer, blocks,
 * inner]. Items are the blocks of all of outer.
 */
function reduce<Function>(
  x: usize,
  output: usize,
  length: i32,
  inner: i32,
  block: i32,
  blocks: i32,
  begin: i32,
  end: i32,
): void {
  const f = changetype<Function>(0);
  const row = (<usize>inner) << 2;
  for (let item = begin; item < end; item++) {
    const outer = item / blocks;
    const from = (item - outer * blocks) * block;
    const count = min(block, length - from);
    const start = x + <usize>(outer * length + from) * row;
    const result = output + <usize>item * row;
    if (inner === 1) {
      store<f32>(result, alongRow<Function>(start, count));
      continue;
    }
    let column: usize = 0;
    for (; column + 64 <= row; column += 64) {
      let at = start + column;
      let s0 = f32x4.splat(f.first());
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let i = 0; i < count; i++) {
        s0 = f.of(s0, v128.load(at));
        s1 = f.of(s1, v128.load(at, 16));
        s2 = f.of(s2, v128.load(at, 32));
        s3 = f.of(s3, v128.load(at, 48));
        at += row;
      }
      v128.store(result + column, s0);
      v128.store(result + column, s1, 16);
      v128.store(result + column, s2, 32);
      v128.store(result + column, s3, 48);
    }
    for (; column + 16 <= row; column += 16) {
      let at = start + column;
      let sum = f32x4.splat(f.first());
      for (let i = 0; i < count; i++) {
        sum = f.of(sum, v128.load(at));
        at += row;
      }
      v128.store(result + column, sum);
    }
    for (; column < row; column += 4) {
      let at = start + column;
      let sum = f32x4.splat(f.first());
      for (let i = 0; i < count; i++) {
        sum = f.of(sum, v128.load32_zero(at));
        at += row;
      }
      v128.store32_lane(result + column, sum, 0);
    }
  }
}

/** Reduces `count` values that lie one after the other. */
function alongRow<Function>(start: usize, count: i32): f32 {
  const f = changetype<Function>(0);
  let at = start;
  const last = start + ((<usize>count) << 2);
  let s0 = f32x4.splat(f.first());
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; at + 64 <= last; at += 64) {
    s0 = f.of(s0, v128.load(at));
    s1 = f.of(s1, v128.load(at, 16));
    s2 = f.of(s2, v128.load(at, 32));
    s3 = f.of(s3, v128.load(at, 48));
  }
  for (; at + 16 <= last; at += 16) s0 = f.of(s0, v128.load(at));
  s0 = f.of(f.of(s0, s1), f.of(s2, s3));
  s0 = f.of(s0, i8x16.shuffle(s0, s0, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  s0 = f.of(s0, i8x16.shuffle(s0, s0, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  for (; at < last; at += 4) s0 = f.of(s0, v128.load32_splat(at));
  return f32x4.extract_lane(s0, 0);
}

export function sum(
  x: usize,
  output: usize,
  length: i32,
  inner: i32,
  block: i32,
  blocks: i32,
  begin: i32,
  end: i32,
): void {
  reduce<Sum>(x, output, length, inner, block, blocks, begin, end);
}

export function largest(
  x: usize,
  output: usize,
  length: i32,
  inner: i32,
  block: i32,
  blocks: i32,
  begin: i32,
  end: i32,
): void {
  reduce<Maximum>(x, output, length, inner, block, blocks, begin, end);
}

export function least(
  x: usize,
  output: usize,
  length: i32,
  inner: i32,
  block: i32,
  blocks: i32,
  begin: i32,
  end: i32,
): void {
  reduce<Minimum>(x, output, length, inner, block, blocks, begin, end);
}
