import type { TensorInfo } from "@tensorflow/tfjs-core";

/** Values that a part has at least: less isn't worth another thread. */
export const GRAIN = 16_384;

/** Rows of so many values that a part has at least. */
export function rowsOf(length: number): number {
  return Math.max(1, Math.ceil(GRAIN / length));
}

export function sizeOf({ shape }: Pick<TensorInfo, "shape">): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** For each dimension how far its next value is, where all values lie one after the other. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}
