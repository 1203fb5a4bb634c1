/**
 * Smooth random numbers over a plane, of mean 0 and deviation 1: a coarse grid of normal numbers, `scale`
 * px apart, interpolated with the cubic B-spline, so neither lattice nor creases can be seen.
 *
 * @param normal draws from the standard normal distribution
 * @returns `height × width` values, row-major
 */
export function smoothNoise(
  width: number,
  height: number,
  scale: number,
  normal: () => number,
): Float32Array<ArrayBuffer> {
  const columns = Math.ceil(width / scale) + 4;
  const rows = Math.ceil(height / scale) + 4;
  const grid = Float32Array.from({ length: columns * rows }, normal);

  const across = new Float32Array(rows * width);
  for (let x = 0; x < width; x++) {
    const { cell, a, b, c, d } = splineAt(x / scale);
    for (let row = 0; row < rows; row++) {
      const i = row * columns + cell;
      across[row * width + x] = a * grid[i] + b * grid[i + 1] + c * grid[i + 2] + d * grid[i + 3];
    }
  }
  const field = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const { cell, a, b, c, d } = splineAt(y / scale);
    for (let x = 0; x < width; x++) {
      const i = cell * width + x;
      field[y * width + x] =
        (a * across[i] + b * across[i + width] + c * across[i + 2 * width] + d * across[i + 3 * width]) /
        MEAN_SQUARE;
    }
  }
  return field;
}

/** ∫B₃², the variance that one axis of interpolation leaves. */
const MEAN_SQUARE = 151 / 315;

/** The first grid cell and the four cubic B-spline weights at a position in grid units. */
function splineAt(position: number) {
  const cell = Math.floor(position);
  const t = position - cell;
  const s = 1 - t;
  return {
    cell,
    a: (s * s * s) / 6,
    b: (4 - 6 * t * t + 3 * t * t * t) / 6,
    c: (4 - 6 * s * s + 3 * s * s * s) / 6,
    d: (t * t * t) / 6,
  };
}
