import { backend_util, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import type { Kernel } from "../register.js";
import { GRAIN, rowsOf, sizeOf, stridesOf } from "./grain.js";

/** Types whose values are of 4 bytes. */
function areWords(...tensors: TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32" || dtype === "int32");
}

/** A dimension of what is copied, and how far its next value is at both sides. */
interface Dimension {
  length: number;
  from: number;
  to: number;
}

/** Copies a part of one map into a part of another; dimensions from the first on, at most 5 that don't go on alike. */
function copyPart(backend: SimdBackend, from: number, to: number, dimensions: Dimension[]): void {
  const merged = merge(dimensions);
  const inner = merged.pop() ?? { length: 1, from: 1, to: 1 };
  const none = { length: 1, from: 0, to: 0 };
  const [d3 = none, d2 = none, d1 = none, d0 = none] = merged.reverse();
  const steps = [d0.from, d1.from, d2.from, d3.from, d0.to, d1.to, d2.to, d3.to];
  const args = [from, to, inner.length, inner.from, d1.length, d2.length, d3.length, ...steps];
  const rows = d0.length * d1.length * d2.length * d3.length;
  backend.run("copy", args, inner.length === 0 ? 0 : rows, 0, rowsOf(Math.max(1, inner.length)));
}

/** From the first on, the last one of values that are neighbours in the result. */
function merge(dimensions: Dimension[]): Dimension[] {
  const merged: Dimension[] = [];
  for (const dimension of [...dimensions].reverse()) {
    if (dimension.length === 1) continue;
    const last = merged[0];
    if (last && dimension.from === last.from * last.length && dimension.to === last.to * last.length) {
      last.length *= dimension.length;
    } else merged.unshift({ ...dimension });
  }
  if (merged.length === 0 || merged[merged.length - 1].to !== 1) merged.push({ length: 1, from: 1, to: 1 });
  return merged;
}

const MOST = 5;

function partOf(shape: number[], from: number[], to: number[]): Dimension[] {
  return shape.map((length, i) => ({ length, from: from[i], to: to[i] }));
}

function sliceOf(backend: SimdBackend, x: TensorInfo, begin: number[], size: number[]): TensorInfo {
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, at, i) => sum + at * strides[i], 0);
  const from = backend.address(x) + 4 * start;
  const output = backend.output(size, x.dtype as "float32");
  copyPart(backend, from, backend.address(output), partOf(size, strides, stridesOf(size)));
  return output;
}

/** A part of a map, by where it begins and its size. */
export const slice: Kernel<"x", { begin: number | number[]; size: number | number[] }> = {
  name: "Slice",
  supports: ({ inputs: { x } }) => areWords(x) && x.shape.length <= MOST,
  compute({ inputs: { x }, attrs, backend }) {
    const [begin, size] = slice_util.parseSliceParams(x as never, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x as never, begin, size);
    return sliceOf(backend, x, begin, size);
  },
};

/** Parts of a map along a dimension. */
export const split: Kernel<"x", { numOrSizeSplits: number | number[]; axis: number }> = {
  name: "SplitV",
  supports: ({ inputs: { x } }) => areWords(x) && x.shape.length <= MOST,
  compute({ inputs: { x }, attrs, backend }) {
    const [axis] = util.parseAxisParam(attrs.axis, x.shape);
    let at = 0;
    return backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis).map((length) => {
      const begin = x.shape.map((_, i) => (i === axis ? at : 0));
      at += length;
      return sliceOf(
        backend,
        x,
        begin,
        x.shape.map((whole, i) => (i === axis ? length : whole)),
      );
    });
  },
};

/** Maps beside each other along a dimension. */
export const concat: Kernel<string, { axis: number }> = {
  name: "Concat",
  supports: ({ inputs }) => {
    const maps = Object.values(inputs);
    return (
      areWords(...maps) && maps.every(({ dtype }) => dtype === maps[0].dtype) && maps[0].shape.length <= MOST
    );
  },
  compute({ inputs, attrs, backend }) {
    const maps = Object.values(inputs);
    const shapes = maps.map(({ shape }) => shape);
    const [axis] = util.parseAxisParam(attrs.axis, shapes[0]);
    backend_util.assertParamsConsistent(shapes, axis);
    const froms = maps.map((map) => backend.address(map));
    const output = backend.output(backend_util.computeOutShape(shapes, axis), maps[0].dtype as "float32");
    const strides = stridesOf(output.shape);
    let to = backend.address(output);
    for (const [i, { shape }] of maps.entries()) {
      if (sizeOf({ shape }) === 0) continue;
      copyPart(backend, froms[i], to, partOf(shape, stridesOf(shape), strides));
      to += 4 * shape[axis] * strides[axis];
    }
    return output;
  },
};

/** A map with a margin of one value. */
export const pad: Kernel<"x", { paddings: [number, number][]; constantValue: number }> = {
  name: "PadV2",
  supports: ({ inputs: { x } }) => x.dtype === "float32" && x.shape.length <= MOST,
  compute({ inputs: { x }, attrs: { paddings, constantValue }, backend }) {
    const from = backend.address(x);
    const output = backend.output(x.shape.map((length, i) => length + paddings[i][0] + paddings[i][1]));
    const to = backend.address(output);
    const strides = stridesOf(output.shape);
    const start = paddings.reduce((sum, [before], i) => sum + before * strides[i], 0);
    if (sizeOf(output) > sizeOf(x)) backend.run("fill", [to, constantValue], sizeOf(output), 0, GRAIN);
    if (sizeOf(x) > 0) copyPart(backend, from, to + 4 * start, partOf(x.shape, stridesOf(x.shape), strides));
    return output;
  },
};

/** A map with its dimensions in another order. */
export const transpose: Kernel<"x", { perm: number[] }> = {
  name: "Transpose",
  supports: ({ inputs: { x } }) => areWords(x) && x.shape.length <= MOST,
  compute({ inputs: { x }, attrs: { perm }, backend }) {
    const from = backend.address(x);
    const strides = stridesOf(x.shape);
    const shape = perm.map((axis) => x.shape[axis]);
    const output = backend.output(shape, x.dtype as "float32");
    const steps = perm.map((axis) => strides[axis]);
    if (sizeOf(x) > 0) {
      copyPart(backend, from, backend.address(output), partOf(shape, steps, stridesOf(shape)));
    }
    return output;
  },
};
