/**
 * Rows of a map as a convolution sees them, with its padding: `count` lines of `reach` pixels, the first of row `y`, the
 * next `step` rows further down. Pixels of the map count as `upY` rows and `upX` columns apart, with zeros between.
 *
 * @param left zeros before the first pixel (pixels that are left out, where negative); after the last as many as it takes
 */
export function gatherLines(
  image: usize,
  height: i32,
  width: i32,
  pixel: usize,
  upY: i32,
  upX: i32,
  y: i32,
  step: i32,
  count: i32,
  left: i32,
  reach: i32,
  lines: usize,
): void {
  const line = <usize>reach * pixel;
  for (let i = 0; i < count; i++) {
    const row = y + i * step;
    const real = row / upY;
    if (row < 0 || row % upY !== 0 || real >= height) memory.fill(lines, 0, line);
    else if (upX === 1) {
      const first = max(0, min(left, reach));
      const last = max(first, min(reach, left + width));
      memory.fill(lines, 0, <usize>first * pixel);
      memory.copy(
        lines + <usize>first * pixel,
        image + <usize>real * <usize>width * pixel + <usize>(first - left) * pixel,
        <usize>(last - first) * pixel,
      );
      memory.fill(lines + <usize>last * pixel, 0, <usize>(reach - last) * pixel);
    } else {
      memory.fill(lines, 0, line);
      const source = image + <usize>real * <usize>width * pixel;
      for (let x = 0; x < width; x++) {
        const at = x * upX + left;
        if (at >= 0 && at < reach) memory.copy(lines + <usize>at * pixel, source + <usize>x * pixel, pixel);
      }
    }
    lines += line;
  }
}
