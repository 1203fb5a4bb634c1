// Samples one block of a tile, in AssemblyScript (WebAssembly SIMD). src/deform/sample.ts says how a tile is cut
// into blocks; `pnpm kernels` compiles it into src/deform/sample-block.wasm.ts.
//
// All memory is laid out at compile time and never grows. Pixels of a block lie one after the other, with four to
// spare, so that four lanes may overshoot.

/** Most pixels of a block, and of the patch of the source that it is sampled from. */
export const blockPixels: i32 = 192 * 192;
export const patchPixels: i32 = 512 * 512;

/** Displacements of the block's pixels, f32. */
export const displacementsY: usize = memory.data((blockPixels + 4) * 4, 16);
export const displacementsX: usize = memory.data((blockPixels + 4) * 4, 16);
/** Least and greatest y, then x, of all positions, f64. */
export const bounds: usize = memory.data(4 * 8, 16);
/** The source where the block reaches, row by row: f32, or anything of 4 bytes for `nearest`. */
export const patch: usize = memory.data(patchPixels * 4, 16);
/** The block as it was sampled, of the patch's type. */
export const sampled: usize = memory.data((blockPixels + 4) * 4, 16);

/** Where the block's pixels come from, f64. */
const ys: usize = memory.data((blockPixels + 4) * 8, 16);
const xs: usize = memory.data((blockPixels + 4) * 8, 16);

let pixels: i32 = 0;

// The patch: its first row and column, and the bytes from one row to the next.
let top: f64 = 0;
let left: f64 = 0;
let stride: i32 = 0;

/**
 * A piece of a row of displacements: `count` values of the cubic a0 + a1·u + a2·u² + a3·u³ with u = step·x − node,
 * for columns x from `column` on, from pixel `from` of the block on; dy for axis 0, dx for axis 1.
 */
export function displace(
  axis: i32,
  from: i32,
  count: i32,
  column: i32,
  step: f64,
  node: f64,
  a0: f64,
  a1: f64,
  a2: f64,
  a3: f64,
): void {
  const displacements = axis === 0 ? displacementsY : displacementsX;
  let columns = f64x2.add(f64x2.splat(<f64>column), f64x2(0, 1));
  for (let i = from; i < from + count; i += 2) {
    const u = f64x2.sub(f64x2.mul(columns, f64x2.splat(step)), f64x2.splat(node));
    const quadratic = f64x2.add(f64x2.splat(a2), f64x2.mul(u, f64x2.splat(a3)));
    const linear = f64x2.add(f64x2.splat(a1), f64x2.mul(u, quadratic));
    const cubic = f64x2.add(f64x2.splat(a0), f64x2.mul(u, linear));
    v128.store64_lane(at4(displacements, i), f32x4.demote_f64x2_zero(cubic), 0);
    columns = f64x2.add(columns, f64x2.splat(2));
  }
}

/**
 * Finds the positions of a block of `width` × `height` pixels: y = y0 + yy·i + yx·j + dy for row i and column j of
 * the tile, of which the block begins at (row, column); x likewise. Leaves their bounds.
 */
export function place(
  row: i32,
  column: i32,
  height: i32,
  width: i32,
  y0: f64,
  yy: f64,
  yx: f64,
  x0: f64,
  xy: f64,
  xx: f64,
): void {
  pixels = width * height;
  for (let i = 0; i < height; i++) {
    const from = i * width;
    placeRow(ys, displacementsY, from, width, column, y0 + yy * <f64>(row + i), yx);
    placeRow(xs, displacementsX, from, width, column, x0 + xy * <f64>(row + i), xx);
  }
  storeBounds(ys, bounds);
  storeBounds(xs, bounds + 16);
}

function placeRow(
  to: usize,
  displacements: usize,
  from: i32,
  width: i32,
  column: i32,
  start: f64,
  step: f64,
): void {
  let columns = f64x2.add(f64x2.splat(<f64>column), f64x2(0, 1));
  for (let i = from; i < from + width; i += 2) {
    const line = f64x2.add(f64x2.splat(start), f64x2.mul(f64x2.splat(step), columns));
    const displaced = f64x2.promote_low_f32x4(v128.load64_zero(at4(displacements, i)));
    v128.store(at8(to, i), f64x2.add(line, displaced));
    columns = f64x2.add(columns, f64x2.splat(2));
  }
}

function storeBounds(values: usize, to: usize): void {
  const first = load<f64>(values);
  // what overshoots must not count
  for (let i = pixels; i < pixels + 4; i++) store<f64>(at8(values, i), first);
  let least = f64x2.splat(first);
  let greatest = least;
  for (let i = 0; i < pixels; i += 2) {
    const two = v128.load(at8(values, i));
    least = f64x2.pmin(least, two);
    greatest = f64x2.pmax(greatest, two);
  }
  store<f64>(to, min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)));
  store<f64>(to, max(f64x2.extract_lane(greatest, 0), f64x2.extract_lane(greatest, 1)), 8);
}

/** Says what `patch` holds: its first pixel is that of row `y` and column `x` of the mirrored source. */
export function setPatch(y: f64, x: f64, width: i32): void {
  top = y;
  left = x;
  stride = width << 2;
}

/** The nearest pixel, bit by bit. */
export function nearest(): void {
  const half = f64x2.splat(0.5);
  for (let i = 0; i < pixels; i += 4) {
    const y0 = f64x2.floor(f64x2.add(v128.load(at8(ys, i)), half));
    const y1 = f64x2.floor(f64x2.add(v128.load(at8(ys, i), 16), half));
    const x0 = f64x2.floor(f64x2.add(v128.load(at8(xs, i)), half));
    const x1 = f64x2.floor(f64x2.add(v128.load(at8(xs, i), 16), half));
    const from = addresses(y0, y1, x0, x1);
    let four = v128.load32_zero(<usize>i32x4.extract_lane(from, 0));
    four = v128.load32_lane(<usize>i32x4.extract_lane(from, 1), four, 1);
    four = v128.load32_lane(<usize>i32x4.extract_lane(from, 2), four, 2);
    four = v128.load32_lane(<usize>i32x4.extract_lane(from, 3), four, 3);
    v128.store(at4(sampled, i), four);
  }
}

export function bilinear(): void {
  for (let i = 0; i < pixels; i += 4) {
    const y0 = v128.load(at8(ys, i));
    const y1 = v128.load(at8(ys, i), 16);
    const x0 = v128.load(at8(xs, i));
    const x1 = v128.load(at8(xs, i), 16);
    const top0 = f64x2.floor(y0);
    const top1 = f64x2.floor(y1);
    const left0 = f64x2.floor(x0);
    const left1 = f64x2.floor(x1);
    const v = floats(f64x2.sub(y0, top0), f64x2.sub(y1, top1));
    const u = floats(f64x2.sub(x0, left0), f64x2.sub(x1, left1));
    const from = addresses(top0, top1, left0, left1);
    const upper = across(from, u);
    const lower = across(i32x4.add(from, i32x4.splat(stride)), u);
    v128.store(at4(sampled, i), f32x4.add(upper, f32x4.mul(v, f32x4.sub(lower, upper))));
  }
}

/** Between two neighbours in a row, for each of four pixels. */
function across(from: v128, u: v128): v128 {
  let first = v128.load64_zero(<usize>i32x4.extract_lane(from, 0));
  first = v128.load64_lane(<usize>i32x4.extract_lane(from, 1), first, 1);
  let second = v128.load64_zero(<usize>i32x4.extract_lane(from, 2));
  second = v128.load64_lane(<usize>i32x4.extract_lane(from, 3), second, 1);
  const here = i32x4.shuffle(first, second, 0, 2, 4, 6);
  const next = i32x4.shuffle(first, second, 1, 3, 5, 7);
  return f32x4.add(here, f32x4.mul(u, f32x4.sub(next, here)));
}

/** Cubic convolution with a = −0.5. */
export function bicubic(): void {
  for (let i = 0; i < pixels; i += 4) {
    const y0 = v128.load(at8(ys, i));
    const y1 = v128.load(at8(ys, i), 16);
    const x0 = v128.load(at8(xs, i));
    const x1 = v128.load(at8(xs, i), 16);
    const top0 = f64x2.floor(y0);
    const top1 = f64x2.floor(y1);
    const left0 = f64x2.floor(x0);
    const left1 = f64x2.floor(x1);
    const v = floats(f64x2.sub(y0, top0), f64x2.sub(y1, top1));
    const u = floats(f64x2.sub(x0, left0), f64x2.sub(x1, left1));
    const from = i32x4.sub(addresses(top0, top1, left0, left1), i32x4.splat(stride + 4));
    const v0 = keys0(v);
    const v1 = keys1(v);
    const v2 = keys2(v);
    const v3 = keys3(v);
    // the four columns about each pixel, then the same as four pixels of each column
    const a = down(
      i32x4.extract_lane(from, 0),
      f32x4.extract_lane(v0, 0),
      f32x4.extract_lane(v1, 0),
      f32x4.extract_lane(v2, 0),
      f32x4.extract_lane(v3, 0),
    );
    const b = down(
      i32x4.extract_lane(from, 1),
      f32x4.extract_lane(v0, 1),
      f32x4.extract_lane(v1, 1),
      f32x4.extract_lane(v2, 1),
      f32x4.extract_lane(v3, 1),
    );
    const c = down(
      i32x4.extract_lane(from, 2),
      f32x4.extract_lane(v0, 2),
      f32x4.extract_lane(v1, 2),
      f32x4.extract_lane(v2, 2),
      f32x4.extract_lane(v3, 2),
    );
    const d = down(
      i32x4.extract_lane(from, 3),
      f32x4.extract_lane(v0, 3),
      f32x4.extract_lane(v1, 3),
      f32x4.extract_lane(v2, 3),
      f32x4.extract_lane(v3, 3),
    );
    const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const AB = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const CD = i32x4.shuffle(c, d, 2, 6, 3, 7);
    const low = f32x4.add(
      f32x4.mul(keys0(u), i32x4.shuffle(ab, cd, 0, 1, 4, 5)),
      f32x4.mul(keys1(u), i32x4.shuffle(ab, cd, 2, 3, 6, 7)),
    );
    const high = f32x4.add(
      f32x4.mul(keys2(u), i32x4.shuffle(AB, CD, 0, 1, 4, 5)),
      f32x4.mul(keys3(u), i32x4.shuffle(AB, CD, 2, 3, 6, 7)),
    );
    v128.store(at4(sampled, i), f32x4.add(low, high));
  }
}

/** Four rows about one pixel, weighted. */
function down(from: i32, w0: f32, w1: f32, w2: f32, w3: f32): v128 {
  const second = <usize>(from + stride);
  const third = second + <usize>stride;
  const upper = f32x4.add(
    f32x4.mul(f32x4.splat(w0), v128.load(<usize>from)),
    f32x4.mul(f32x4.splat(w1), v128.load(second)),
  );
  const lower = f32x4.add(
    f32x4.mul(f32x4.splat(w2), v128.load(third)),
    f32x4.mul(f32x4.splat(w3), v128.load(third + <usize>stride)),
  );
  return f32x4.add(upper, lower);
}

// Weights of four neighbours in a line, t beyond the second.

function keys0(t: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.mul(t, f32x4.sub(f32x4.mul(t, f32x4.sub(f32x4.splat(1), f32x4.mul(half, t))), half));
}

function keys1(t: v128): v128 {
  const cubic = f32x4.sub(f32x4.mul(f32x4.splat(1.5), t), f32x4.splat(2.5));
  return f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.mul(t, t), cubic));
}

function keys2(t: v128): v128 {
  const cubic = f32x4.sub(f32x4.splat(2), f32x4.mul(f32x4.splat(1.5), t));
  return f32x4.mul(t, f32x4.add(f32x4.mul(t, cubic), f32x4.splat(0.5)));
}

function keys3(t: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.mul(f32x4.mul(t, t), f32x4.sub(f32x4.mul(half, t), half));
}

/** Where in the patch the pixels of four rows and columns of the mirrored source lie. */
function addresses(y0: v128, y1: v128, x0: v128, x1: v128): v128 {
  const rows = integers(f64x2.sub(y0, f64x2.splat(top)), f64x2.sub(y1, f64x2.splat(top)));
  const columns = integers(f64x2.sub(x0, f64x2.splat(left)), f64x2.sub(x1, f64x2.splat(left)));
  const offsets = i32x4.add(i32x4.mul(rows, i32x4.splat(stride)), i32x4.shl(columns, 2));
  return i32x4.add(offsets, i32x4.splat(<i32>patch));
}

/** Four whole doubles as integers: at this magnitude their lowest bits. */
function integers(low: v128, high: v128): v128 {
  const magnitude = f64x2.splat(6755399441055744); // 2⁵² + 2⁵¹
  return i32x4.shuffle(f64x2.add(low, magnitude), f64x2.add(high, magnitude), 0, 2, 4, 6);
}

function floats(low: v128, high: v128): v128 {
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** Addresses of the values of pixel `i`, of 4 or 8 bytes each. */
function at4(values: usize, i: i32): usize {
  return values + ((<usize>i) << 2);
}

function at8(values: usize, i: i32): usize {
  return values + ((<usize>i) << 3);
}
