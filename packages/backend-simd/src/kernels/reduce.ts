import { util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { areFloats, type Kernel } from "../register.js";
import { combine } from "./binary.js";
import { sizeOf } from "./grain.js";

interface ReduceAttributes {
  axis?: number | number[];
  /** What `Max` calls the same. */
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

const functions = { Max: "largest", Mean: "sum", Min: "least", Sum: "sum" };

/** Sums, means and extremes over dimensions that are neighbours. */
export const reduce = Object.entries(functions).map(
  ([name, kernel]): Kernel<"x", ReduceAttributes> => ({
    name,
    supports: ({ inputs: { x }, attrs }) =>
      areFloats(x) && sizeOf(x) > 0 && viewOf(x.shape, attrs) !== undefined,
    compute({ inputs: { x }, attrs, backend }) {
      const view = viewOf(x.shape, attrs) as View;
      const output = backend.output(view.shape);
      reduceInto(backend, kernel, backend.address(x), backend.address(output), view);
      if (name !== "Mean") return output;
      const count = backend.write(new Float32Array([view.length]), [], "float32");
      const mean = combine(backend, "RealDiv", output, { dataId: count, shape: [], dtype: "float32" });
      backend.disposeData(count);
      backend.disposeIntermediateTensorInfo(output);
      return mean;
    },
  }),
);

/** A map as [outer, length, inner], of which `length` is reduced. */
export interface Rows {
  outer: number;
  length: number;
  inner: number;
}

interface View extends Rows {
  /** The shape of the result. */
  shape: number[];
}

function viewOf(shape: number[], attrs: ReduceAttributes): View | undefined {
  const { axis, reductionIndices, keepDims = false } = attrs;
  const reduced = new Set(util.parseAxisParam((axis ?? reductionIndices) as number[], shape));
  const from = Math.min(...reduced, shape.length);
  const to = Math.max(...reduced, -1) + 1;
  const isBetween = (i: number) => i >= from && i < to && !reduced.has(i) && shape[i] !== 1;
  if (shape.some((_, i) => isBetween(i))) return undefined;
  const product = (lengths: number[]) => lengths.reduce((size, length) => size * length, 1);
  return {
    outer: product(shape.slice(0, from)),
    length: product(shape.slice(from, to)),
    inner: product(shape.slice(to)),
    shape: shape.flatMap((length, i) => (reduced.has(i) ? (keepDims ? [1] : []) : [length])),
  };
}

/** Reduces what lies at one address into another: in blocks, and then the blocks' results. */
export function reduceInto(
  backend: SimdBackend,
  kernel: string,
  x: number,
  output: number,
  { outer, length, inner }: Rows,
): void {
  const block = blockOf(inner);
  const blocks = Math.ceil(length / block);
  if (blocks <= 1) {
    backend.run(
      kernel,
      [x, output, length, inner, Math.max(1, length), 1],
      outer,
      0,
      grainOf(length * inner),
    );
    return;
  }
  const memory = backend.memoryOfKernels;
  const partial = memory.allocate(4 * outer * blocks * inner);
  try {
    backend.run(kernel, [x, partial, length, inner, block, blocks], outer * blocks);
    backend.run(kernel, [partial, output, blocks, inner, blocks, 1], outer, 0, grainOf(blocks * inner));
  } finally {
    memory.free(partial);
  }
}

/** How many rows of `inner` values are summed at a time: what stays in the second-level cache. */
export function blockOf(inner: number): number {
  return Math.max(16, Math.floor(16_384 / inner));
}

function grainOf(size: number): number {
  return Math.max(1, Math.ceil(8192 / size));
}
