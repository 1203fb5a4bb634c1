/** Values with the length of each axis, row by row. */
export interface TensorValues {
  shape: readonly number[];
  values: Float32Array;
}

/**
 * Values with their axes in another order.
 *
 * @param axes which of the given axes comes first, second, …: `[3, 2, 0, 1]` makes [out, in, height, width] of
 *   [height, width, in, out]
 */
export function transpose({ shape, values }: TensorValues, axes: readonly number[]): TensorValues {
  const strides = shape.map((_, i) => product(shape.slice(i + 1)));
  const target = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = values[from];
    for (let k = axes.length - 1; k >= 0; k--) {
      from += steps[k];
      if (++index[k] < target[k]) break;
      from -= steps[k] * target[k];
      index[k] = 0;
    }
  }
  return { shape: target, values: result };
}

/** How many values a tensor of this shape has. */
export function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}
