import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { areFloats, type Kernel } from "../register.js";
import { combine } from "./binary.js";
import { GRAIN, sizeOf } from "./grain.js";

function filled(backend: SimdBackend, shape: number[], value: number): TensorInfo {
  const output = backend.output(shape);
  backend.run("fill", [backend.address(output), value], sizeOf(output), 0, GRAIN);
  return output;
}

/** A map of one value. */
export const fill: Kernel<never, { shape: number[]; value: number | string; dtype?: string }> = {
  name: "Fill",
  supports: ({ attrs: { value, dtype = "float32" } }) => dtype === "float32" && typeof value === "number",
  compute: ({ attrs: { shape, value }, backend }) => filled(backend, shape, value as number),
};

export const zerosLike: Kernel<"x"> = {
  name: "ZerosLike",
  supports: ({ inputs }) => areFloats(inputs.x),
  compute: ({ inputs: { x }, backend }) => filled(backend, x.shape, 0),
};

export const onesLike: Kernel<"x"> = {
  name: "OnesLike",
  supports: ({ inputs }) => areFloats(inputs.x),
  compute: ({ inputs: { x }, backend }) => filled(backend, x.shape, 1),
};

/** The sum of several maps of one shape. */
export const addN: Kernel = {
  name: "AddN",
  supports: ({ inputs }) => areFloats(...Object.values(inputs)) && Object.values(inputs).length > 1,
  compute({ inputs, backend }) {
    const [first, second, ...others] = Object.values(inputs);
    let sum = combine(backend, "Add", first, second);
    for (const other of others) {
      const before = sum;
      sum = combine(backend, "Add", before, other);
      backend.disposeIntermediateTensorInfo(before);
    }
    return sum;
  },
};
