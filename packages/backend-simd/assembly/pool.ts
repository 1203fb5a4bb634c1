// Max-pooling of maps [batch, height, width, channels], and its gradient.

/**
 * The largest value of each window, which is cut at the map's border. Items are rows of the result, over the batch.
 *
 * @param top rows of padding above, @param left columns of padding at the left
 */
export function maxPool(
  x: usize,
  output: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  begin: i32,
  end: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  let to = output + <usize>begin * <usize>outWidth * pixel;
  for (let item = begin; item < end; item++) {
    const sample = item / outHeight;
    const y = (item - sample * outHeight) * strideY - top;
    const fromY = max(0, y);
    const toY = min(height, y + windowHeight);
    for (let column = 0; column < outWidth; column++) {
      const left0 = column * strideX - left;
      const fromX = max(0, left0);
      const toX = min(width, left0 + windowWidth);
      const corner = x + <usize>(sample * height + fromY) * line + <usize>fromX * pixel;
      let c: usize = 0;
      for (; c < pixel; c += 16) {
        const isWhole = c + 16 <= pixel;
        let largest = f32x4.splat(-Infinity);
        for (let i = fromY, row = corner + c; i < toY; i++, row += line) {
          for (let j = fromX, at = row; j < toX; j++, at += pixel) {
            largest = f32x4.pmax(largest, v128.load(at)); // passes over NaN
          }
        }
        if (isWhole) v128.store(to + c, largest);
        else storePart(to + c, largest, pixel - c);
      }
      to += pixel;
    }
  }
}

/** The first `bytes` bytes of four lanes. */
function storePart(to: usize, lanes: v128, bytes: usize): void {
  v128.store32_lane(to, lanes, 0);
  if (bytes > 4) v128.store32_lane(to, lanes, 1, 4);
  if (bytes > 8) v128.store32_lane(to, lanes, 2, 8);
}

/**
 * The gradient where windows don't overlap and lie within the map: each `dy` goes to the first of its window's values
 * that is the largest, and 0 to all others. Items are rows of `dx`, over the batch.
 */
export function maxPoolGradient(
  x: usize,
  dy: usize,
  dx: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  windowHeight: i32,
  windowWidth: i32,
  begin: i32,
  end: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  for (let item = begin; item < end; item++) {
    const sample = item / outHeight;
    const window = item - sample * outHeight;
    const top = <usize>(sample * height + window * windowHeight) * line;
    const isLast = window === outHeight - 1;
    const rows = isLast ? height - window * windowHeight : windowHeight;
    const covered = <usize>(outWidth * windowWidth) * pixel;
    for (let i = 0; i < rows; i++) {
      const row = dx + top + <usize>i * line;
      // what no window covers, at the right and at the bottom
      if (i >= windowHeight) memory.fill(row, 0, line);
      else if (covered < line) memory.fill(row + covered, 0, line - covered);
    }
    let from = dy + <usize>item * <usize>outWidth * pixel;
    for (let column = 0; column < outWidth; column++) {
      const corner = top + <usize>(column * windowWidth) * pixel;
      let c: usize = 0;
      for (; c < pixel; c += 16) {
        const left = pixel - c;
        let largest = f32x4.splat(-Infinity);
        for (let i = 0, row = x + corner + c; i < windowHeight; i++, row += line) {
          for (let j = 0, at = row; j < windowWidth; j++, at += pixel) {
            largest = f32x4.pmax(largest, v128.load(at)); // passes over NaN
          }
        }
        let gradient = v128.load(from + c);
        for (let i = 0, row = corner + c; i < windowHeight; i++, row += line) {
          for (let j = 0, at = row; j < windowWidth; j++, at += pixel) {
            const isLargest = f32x4.eq(v128.load(x + at), largest);
            const share = v128.and(gradient, isLargest);
            gradient = v128.andnot(gradient, isLargest);
            if (left >= 16) v128.store(dx + at, share);
            else storePart(dx + at, share, left);
          }
        }
      }
      from += pixel;
    }
  }
}
