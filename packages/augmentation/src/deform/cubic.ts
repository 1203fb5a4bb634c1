/**
 * Cubic bases between the second and the third of four values p₀ … p₃ in a line: row k gives the factors of
 * p₀ … p₃ in the coefficient of tᵏ, 0 ≤ t ≤ 1. Keys' convolution with a = −0.5, and the uniform B-spline.
 */
export const cubicBases = {
  bicubic: [
    [0, 1, 0, 0],
    [-1 / 2, 0, 1 / 2, 0],
    [1, -5 / 2, 2, -1 / 2],
    [-1 / 2, 3 / 2, -3 / 2, 1 / 2],
  ],
  bspline: [
    [1 / 6, 4 / 6, 1 / 6, 0],
    [-1 / 2, 0, 1 / 2, 0],
    [1 / 2, -1, 1 / 2, 0],
    [-1 / 6, 1 / 2, -1 / 2, 1 / 6],
  ],
} as const;

/**
 * Turns the values at the nodes of a grid, in place, into the coefficients whose cubic B-spline goes through
 * them, mirrored beyond the grid: along each line (c₋ + 4c + c₊) / 6 = value, solved by elimination (Thomas).
 */
export function interpolatingCoefficients(values: Float64Array, rows: number, columns: number): void {
  for (let row = 0; row < rows; row++) solveLine(values, row * columns, 1, columns);
  for (let column = 0; column < columns; column++) solveLine(values, column, columns, rows);
}

function solveLine(values: Float64Array, start: number, stride: number, count: number): void {
  if (count === 1) return;
  // the mirror folds both neighbours of an end node into one
  const upper = new Float64Array(count);
  upper[0] = 2 / 4;
  values[start] *= 6 / 4;
  for (let i = 1; i < count; i++) {
    const lower = i === count - 1 ? 2 : 1;
    const pivot = 4 - lower * upper[i - 1];
    const at = start + i * stride;
    upper[i] = 1 / pivot;
    values[at] = (6 * values[at] - lower * values[at - stride]) / pivot;
  }
  for (let i = count - 2; i >= 0; i--) {
    const at = start + i * stride;
    values[at] -= upper[i] * values[at + stride];
  }
}
