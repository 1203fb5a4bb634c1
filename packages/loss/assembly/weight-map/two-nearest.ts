// The rows of twoNearestDistances, in AssemblyScript (WebAssembly SIMD). How it works is told in
// src/weight-map/two-nearest-distances.ts; `pnpm kernels` compiles it into src/weight-map/two-nearest.wasm.ts.
//
// All memory is rows: arrays of `width` values and some to spare, so that four lanes may overshoot.

/** Farther than any pixel of a column. */
const FAR: i32 = 1 << 20;

let width: i32 = 0;
/** Height of a pixel in widths of a pixel, and its width in the caller's units. */
let aspect: f64 = 1;
let unit: f64 = 1;
/** The largest distance that is asked for, in widths of a pixel. */
let cap: f64 = Infinity;

// Rows that the caller writes and reads, i32 or f32, in the order of `prepare`.
let labels: usize = 0;
/** What is known of each column on the way: rows to the nearest cell and to the nearest other cell. */
let nearRows: usize = 0;
let otherRows: usize = 0;
let nearLabel: usize = 0;
let otherLabel: usize = 0;
/** The same from the other side, and then the results. */
let first: usize = 0;
let second: usize = 0;
let firstLabel: usize = 0;
let secondLabel: usize = 0;

// The two nearest cells of each column, and the squared distances to them.
let columnFirst: usize = 0;
let columnSecond: usize = 0;
let columnFirstLabel: usize = 0;
let columnSecondLabel: usize = 0;
/** The column whose cell is nearest to a pixel. */
let site: usize = 0;

// Candidates for a span of pixels: their columns, squared distances and labels; both in one integer.
let column: usize = 0;
let squared: usize = 0;
let label: usize = 0;
let key: usize = 0;
/** For each pixel of the span: its candidate, or the key of it. */
let nearest: usize = 0;

// The lower convex hull of candidates, with the step from the vertex before.
let vertex: usize = 0;
let height: usize = 0;
let run: usize = 0;
let rise: usize = 0;

/** Lays out the memory for rows of `columns` pixels; answers the bytes from one row of the caller's to the next. */
export function prepare(columns: i32, pixelAspect: f64, pixelUnit: f64, maxDistance: f64): i32 {
  width = columns;
  aspect = pixelAspect;
  unit = pixelUnit;
  cap = maxDistance;
  const row = <usize>(((columns + 16) & ~3) << 2);
  labels = __heap_base;
  nearRows = labels + row;
  otherRows = nearRows + row;
  nearLabel = otherRows + row;
  otherLabel = nearLabel + row;
  first = otherLabel + row;
  second = first + row;
  firstLabel = second + row;
  secondLabel = firstLabel + row;
  columnFirstLabel = secondLabel + row;
  columnSecondLabel = columnFirstLabel + row;
  site = columnSecondLabel + row;
  column = site + row;
  label = column + row;
  key = label + row;
  nearest = key + row;
  vertex = nearest + row;
  columnFirst = vertex + row;
  columnSecond = columnFirst + 2 * row;
  squared = columnSecond + 2 * row;
  height = squared + 2 * row;
  run = height + 2 * row;
  rise = run + 2 * row;
  const end = rise + 2 * row;
  const missing = <i32>((end + 0xffff) >> 16) - memory.size();
  if (missing > 0) memory.grow(missing);
  memory.fill(labels, 0, end - labels);
  return <i32>row;
}

/** Where the first row of the caller's begins. */
export function start(): usize {
  return labels;
}

/** Forgets all columns: no cell is known. */
export function restart(): void {
  for (let o: usize = 0; o < (<usize>width) << 2; o += 16) {
    v128.store(nearRows + o, i32x4.splat(FAR));
    v128.store(otherRows + o, i32x4.splat(FAR));
    v128.store(nearLabel + o, i32x4.splat(0));
    v128.store(otherLabel + o, i32x4.splat(0));
  }
}

/** Moves on by one pixel, to the row in `labels`. */
export function carry(): void {
  const one = i32x4.splat(1);
  for (let o: usize = 0; o < (<usize>width) << 2; o += 16) {
    const here = v128.load(labels + o);
    const near = v128.load(nearLabel + o);
    const rows = v128.load(nearRows + o);
    const isCell = i32x4.gt_s(here, i32x4.splat(0));
    const isOther = v128.andnot(isCell, i32x4.eq(here, near));
    v128.store(otherRows + o, i32x4.add(v128.bitselect(rows, v128.load(otherRows + o), isOther), one));
    v128.store(otherLabel + o, v128.bitselect(near, v128.load(otherLabel + o), isOther));
    v128.store(nearLabel + o, v128.bitselect(here, near, isOther));
    v128.store(nearRows + o, v128.andnot(i32x4.add(rows, one), isCell));
  }
}

/** Solves the row in `labels`: takes what `carry` found from the other side, and leaves the results in its place. */
export function solve(): void {
  carry();
  mergeColumns();
  if (nearestOfGaps()) nearestOthers();
  else fillWithNone(0, width, second, secondLabel);
}

/** The nearer two different cells of each column, of those on either side. */
function mergeColumns(): void {
  for (let o: usize = 0; o < (<usize>width) << 2; o += 16) {
    const above = v128.load(first + o);
    const below = v128.load(nearRows + o);
    const aboveLabel = v128.load(firstLabel + o);
    const belowLabel = v128.load(nearLabel + o);
    const otherAbove = v128.load(second + o);
    const otherBelow = v128.load(otherRows + o);
    const otherAboveLabel = v128.load(secondLabel + o);
    const otherBelowLabel = v128.load(otherLabel + o);
    const fromBelow = i32x4.lt_s(below, above);
    const winner = v128.bitselect(belowLabel, aboveLabel, fromBelow);
    const loser = v128.bitselect(aboveLabel, belowLabel, fromBelow);
    // second is the winner's side's other cell, or the first of the losing side that isn't the winner
    const same = i32x4.eq(winner, loser);
    const a = v128.bitselect(otherBelow, otherAbove, fromBelow);
    const aLabel = v128.bitselect(otherBelowLabel, otherAboveLabel, fromBelow);
    const b = v128.bitselect(
      v128.bitselect(otherAbove, otherBelow, fromBelow),
      i32x4.max_s(above, below),
      same,
    );
    const bLabel = v128.bitselect(v128.bitselect(otherAboveLabel, otherBelowLabel, fromBelow), loser, same);
    v128.store(columnFirstLabel + o, winner);
    v128.store(columnSecondLabel + o, v128.bitselect(bLabel, aLabel, i32x4.lt_s(b, a)));
    storeSquares(columnFirst + 2 * o, i32x4.min_s(above, below));
    storeSquares(columnSecond + 2 * o, i32x4.min_s(a, b));
  }
}

function storeSquares(to: usize, rows: v128): void {
  const low = f64x2.mul(f64x2.convert_low_i32x4_s(rows), f64x2.splat(aspect));
  const high = f64x2.mul(
    f64x2.convert_low_i32x4_s(i32x4.shuffle(rows, rows, 2, 3, 0, 1)),
    f64x2.splat(aspect),
  );
  v128.store(to, f64x2.mul(low, low));
  v128.store(to, f64x2.mul(high, high), 16);
}

/** First cells: themselves in cells, an envelope in each gap between them. Answers whether there is any. */
function nearestOfGaps(): bool {
  for (let x = 0; x < width; ) {
    if (double(columnFirst, x) === 0) {
      setFloat(first, x, 0);
      setInt(firstLabel, x, int(columnFirstLabel, x));
      setInt(site, x, x);
      x++;
      continue;
    }
    let end = x + 1;
    while (end < width && double(columnFirst, end) !== 0) end++;
    const right = end < width ? end : -1;
    if (!fillSpan(x, end, 0, x - 1, right, first, firstLabel)) return false;
    x = end;
  }
  return true;
}

/** Second cells: for each run of pixels with one nearest cell, the envelope of all others. */
function nearestOthers(): void {
  for (let x = 0; x < width; ) {
    const own = int(firstLabel, x);
    let end = x + 1;
    while (end < width && int(firstLabel, end) === own) end++;
    if (own === 0) {
      fillWithNone(x, end, second, secondLabel);
    } else {
      const left = x > 0 && int(firstLabel, x - 1) !== 0 ? int(site, x - 1) : -1;
      const right = end < width && int(firstLabel, end) !== 0 ? int(site, end) : -1;
      fillSpan(x, end, own, left, right, second, secondLabel);
    }
    x = end;
  }
}

/**
 * Distances and labels of the pixels from `begin` up to `end`, to cells other than `own`. Only columns from
 * `left` to `right` can matter (−1: none known). Answers false where there is no cell.
 */
function fillSpan(begin: i32, end: i32, own: i32, left: i32, right: i32, distances: usize, ids: usize): bool {
  const most = min(farthest(begin, end, left, right), cap * cap);
  const reach = cap < <f64>width ? <i32>cap : width;
  const from = max(left < 0 ? 0 : left, begin - reach);
  const to = min(right < 0 ? width - 1 : right, end - 1 + reach);
  const count = gather(own, from, to, most);
  if (count === 0) {
    fillWithNone(begin, end, distances, ids);
    return cap < Infinity;
  }
  const pixels = end - begin;
  // integers of which 11 bits name the candidate: cheaper than a hull where spans are short
  const few = count * pixels <= 16 * (count + pixels);
  if (few && aspect === 1 && most < 262144 && to - from <= 512) {
    searchAll(count, begin, end);
    for (let x = begin; x < end; x++) {
      const best = int(nearest, x);
      setResult(x, best & 2047, <f64>(best >> 11), distances, ids);
    }
  } else {
    convexHull(count, begin, end);
    for (let x = begin; x < end; x++) {
      const candidate = int(nearest, x);
      setResult(
        x,
        candidate,
        parabola(x, int(column, candidate), double(squared, candidate)),
        distances,
        ids,
      );
    }
  }
  return true;
}

/** The candidates between two columns: those not farther than `most` px² in their own column. */
function gather(own: i32, from: i32, to: i32, most: f64): i32 {
  let count: i32 = 0;
  for (let x = from; x <= to; x++) {
    const nearestLabel = int(columnFirstLabel, x);
    const isOwn = nearestLabel === own;
    const id = select<i32>(int(columnSecondLabel, x), nearestLabel, isOwn);
    const distance = select<f64>(double(columnSecond, x), double(columnFirst, x), isOwn);
    setInt(column, count, x);
    setInt(label, count, id);
    setDouble(squared, count, distance);
    setInt(key, count, ((<i32>distance) << 11) | count);
    count += <i32>(distance <= most) & <i32>(id !== 0);
  }
  return count;
}

/** No pixel of the span is farther, squared, from the nearer of two columns. */
function farthest(begin: i32, end: i32, left: i32, right: i32): f64 {
  const last = end - 1;
  const fromLeft = left < 0 ? Infinity : double(columnFirst, left);
  const fromRight = right < 0 ? Infinity : double(columnFirst, right);
  const most = max(
    min(parabola(begin, left, fromLeft), parabola(begin, right, fromRight)),
    min(parabola(last, left, fromLeft), parabola(last, right, fromRight)),
  );
  if (left < 0 || right < 0) return most;
  const crossing = <f64>(left + right) / 2 + (fromRight - fromLeft) / <f64>(2 * (right - left));
  if (crossing <= <f64>begin || crossing >= <f64>last) return most;
  const across = crossing - <f64>left;
  return max(most, across * across + fromLeft);
}

/** The candidate of each pixel by comparing all, 8 pixels at once. */
function searchAll(count: i32, begin: i32, end: i32): void {
  for (let x = begin; x < end; x += 8) {
    const low = i32x4.add(i32x4.splat(x), i32x4(0, 1, 2, 3));
    const high = i32x4.add(low, i32x4.splat(4));
    let bestLow = i32x4.splat(i32.MAX_VALUE);
    let bestHigh = bestLow;
    for (let o: usize = 0; o < (<usize>count) << 2; o += 4) {
      const at = v128.load32_splat(column + o);
      const base = v128.load32_splat(key + o);
      const left = i32x4.sub(low, at);
      const right = i32x4.sub(high, at);
      bestLow = i32x4.min_s(bestLow, i32x4.add(i32x4.shl(i32x4.mul(left, left), 11), base));
      bestHigh = i32x4.min_s(bestHigh, i32x4.add(i32x4.shl(i32x4.mul(right, right), 11), base));
    }
    v128.store(nearest + ((<usize>x) << 2), bestLow);
    v128.store(nearest + ((<usize>x) << 2), bestHigh, 16);
  }
}

/** The candidate of each pixel from the lower convex hull of the points (c, c² + g). */
function convexHull(count: i32, begin: i32, end: i32): void {
  let top: i32 = 0;
  let c = int(column, 0);
  let q = parabola(0, c, double(squared, 0));
  // the first vertex stays: no step is steeper than the one to it
  let across: f64 = 1;
  let up: f64 = -Infinity;
  setInt(vertex, 0, 0);
  setDouble(height, 0, q);
  setDouble(run, 0, across);
  setDouble(rise, 0, up);
  for (let candidate = 1; candidate < count; candidate++) {
    const x = int(column, candidate);
    const y = parabola(0, x, double(squared, candidate));
    while ((y - q) * across <= up * <f64>(x - c)) {
      top--;
      c = int(column, int(vertex, top));
      q = double(height, top);
      across = double(run, top);
      up = double(rise, top);
    }
    across = <f64>(x - c);
    up = y - q;
    c = x;
    q = y;
    top++;
    setInt(vertex, top, candidate);
    setDouble(height, top, q);
    setDouble(run, top, across);
    setDouble(rise, top, up);
  }
  // each vertex is marked where it begins to be nearest, a later one over an earlier one
  for (let x = begin; x <= end; x++) setInt(nearest, x, 0);
  for (let k = 1; k <= top; k++) {
    const x = <i32>Math.floor(double(rise, k) / (2 * double(run, k))) + 1;
    setInt(nearest, min(max(x, begin), end), int(vertex, k));
  }
  let candidate: i32 = 0;
  for (let x = begin; x < end; x++) {
    candidate = max(candidate, int(nearest, x));
    setInt(nearest, x, candidate);
  }
}

function fillWithNone(begin: i32, end: i32, distances: usize, ids: usize): void {
  for (let x = begin; x < end; x++) {
    setFloat(distances, x, Infinity);
    setInt(ids, x, 0);
  }
}

function setResult(x: i32, candidate: i32, squaredDistance: f64, distances: usize, ids: usize): void {
  const within = squaredDistance <= cap * cap;
  const id = int(label, candidate);
  if (distances === first) setInt(site, x, int(column, candidate));
  setFloat(distances, x, within ? Math.sqrt(squaredDistance) * unit : Infinity);
  setInt(ids, x, within ? id : 0);
}

function parabola(x: i32, c: i32, g: f64): f64 {
  const across = <f64>(x - c);
  return across * across + g;
}

function int(row: usize, x: i32): i32 {
  return load<i32>(row + ((<usize>x) << 2));
}

function setInt(row: usize, x: i32, value: i32): void {
  store<i32>(row + ((<usize>x) << 2), value);
}

function setFloat(row: usize, x: i32, value: f64): void {
  store<f32>(row + ((<usize>x) << 2), <f32>value);
}

function double(row: usize, x: i32): f64 {
  return load<f64>(row + ((<usize>x) << 3));
}

function setDouble(row: usize, x: i32, value: f64): void {
  store<f64>(row + ((<usize>x) << 3), value);
}
