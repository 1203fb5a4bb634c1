// Batch normalisation over the last dimension: of maps [pixels, channels] the sums that it needs, in blocks of `block` pixels whose
// sums [blocks, channels] are then added in order, and maps that are scaled and shifted by channel.

/** Σ (`x` − `mean`)² of each block. Items are blocks. */
export function squaredDeviations(
  x: usize,
  mean: usize,
  output: usize,
  pixels: i32,
  channels: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  products(x, x, mean, mean, output, pixels, channels, block, begin, end);
}

/** Σ `dy` · (`x` − `mean`) of each block; `zeros` are as many zeros as there are channels. Items are blocks. */
export function gradientProducts(
  dy: usize,
  x: usize,
  mean: usize,
  zeros: usize,
  output: usize,
  pixels: i32,
  channels: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  products(dy, x, zeros, mean, output, pixels, channels, block, begin, end);
}

/** Σ (`a` − `meanA`) · (`b` − `meanB`) of each block. */
function products(
  a: usize,
  b: usize,
  meanA: usize,
  meanB: usize,
  output: usize,
  pixels: i32,
  channels: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>channels) << 2;
  for (let item = begin; item < end; item++) {
    const from = <usize>(item * block) * row;
    const count = min(block, pixels - item * block);
    const result = output + <usize>item * row;
    let column: usize = 0;
    for (; column + 32 <= row; column += 32) {
      const a0 = v128.load(meanA + column);
      const a1 = v128.load(meanA + column, 16);
      const b0 = v128.load(meanB + column);
      const b1 = v128.load(meanB + column, 16);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let at = from + column;
      for (let i = 0; i < count; i++) {
        s0 = f32x4.add(s0, f32x4.mul(f32x4.sub(v128.load(a + at), a0), f32x4.sub(v128.load(b + at), b0)));
        s1 = f32x4.add(
          s1,
          f32x4.mul(f32x4.sub(v128.load(a + at, 16), a1), f32x4.sub(v128.load(b + at, 16), b1)),
        );
        at += row;
      }
      v128.store(result + column, s0);
      v128.store(result + column, s1, 16);
    }
    for (; column < row; column += 4) {
      const a0 = load<f32>(meanA + column);
      const b0 = load<f32>(meanB + column);
      let sum: f32 = 0;
      let at = from + column;
      for (let i = 0; i < count; i++) {
        sum += (load<f32>(a + at) - a0) * (load<f32>(b + at) - b0);
        at += row;
      }
      store<f32>(result + column, sum);
    }
  }
}

/** `output` = `x` · `scale` + `shift` by channel. Items are pixels. */
export function scaleAndShift(
  x: usize,
  scale: usize,
  shift: usize,
  output: usize,
  channels: i32,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>channels) << 2;
  let at = <usize>begin * row;
  for (let i = begin; i < end; i++) {
    let column: usize = 0;
    for (; column + 16 <= row; column += 16) {
      const scaled = f32x4.mul(v128.load(x + at), v128.load(scale + column));
      v128.store(output + at, f32x4.add(scaled, v128.load(shift + column)));
      at += 16;
    }
    for (; column < row; column += 4) {
      store<f32>(output + at, load<f32>(x + at) * load<f32>(scale + column) + load<f32>(shift + column));
      at += 4;
    }
  }
}

/** `output` = `a` · `scaleA` + `b` · `scaleB` + `shift` by channel. Items are pixels. */
export function mixAndShift(
  a: usize,
  b: usize,
  scaleA: usize,
  scaleB: usize,
  shift: usize,
  output: usize,
  channels: i32,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>channels) << 2;
  let at = <usize>begin * row;
  for (let i = begin; i < end; i++) {
    let column: usize = 0;
    for (; column + 16 <= row; column += 16) {
      const first = f32x4.mul(v128.load(a + at), v128.load(scaleA + column));
      const second = f32x4.mul(v128.load(b + at), v128.load(scaleB + column));
      v128.store(output + at, f32x4.add(f32x4.add(first, second), v128.load(shift + column)));
      at += 16;
    }
    for (; column < row; column += 4) {
      const first = load<f32>(a + at) * load<f32>(scaleA + column);
      const second = load<f32>(b + at) * load<f32>(scaleB + column);
      store<f32>(output + at, first + second + load<f32>(shift + column));
      at += 4;
    }
  }
}
