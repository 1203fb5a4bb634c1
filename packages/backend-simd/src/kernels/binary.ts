import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { areFloats, type Kernel } from "../register.js";
import { GRAIN, sizeOf, stridesOf } from "./grain.js";

/** By the names of TensorFlow.js; `binary` of `assembly/binary.ts` knows them by their number in this list. */
const functions = [
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "DivNoNan",
  "Maximum",
  "Minimum",
  "SquaredDifference",
  "ReluGrad",
] as const;

/** Functions of two maps, value by value. */
export const binary = functions
  .filter((name) => name !== "ReluGrad")
  .map(
    (name): Kernel<"a" | "b"> => ({
      name,
      supports: ({ inputs: { a, b } }) => areFloats(a, b) && dimensionsOf(a.shape, b.shape).length <= 4,
      compute: ({ inputs: { a, b }, backend }) => combine(backend, name, a, b),
    }),
  );

/** The gradient of the rectifier, dy where its result is above 0; an operation of TensorFlow under its own name. */
export const reluGradient: Kernel<"dy" | "y"> = {
  name: "ReluGrad",
  compute: ({ inputs: { dy, y }, backend }) => combine(backend, "ReluGrad", dy, y),
};

/** A dimension of the result, and how far the next value is in each of both maps: 0 where one is repeated. */
interface Dimension {
  length: number;
  a: number;
  b: number;
}

/** Rows shorter than that are lengthened, where what is repeated by row can be written out several times. */
const SHORT = 64;

export function combine(
  backend: SimdBackend,
  name: (typeof functions)[number],
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo {
  const addresses = { a: backend.address(a), b: backend.address(b) };
  const output = backend.output(backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
  const total = sizeOf(output);
  if (total === 0) return output;
  const [inner, ...rows] = dimensionsOf(a.shape, b.shape);
  const repeated = rows.length === 1 && inner.length < SHORT && inner.a === inner.b && repeatedOf(rows[0]);
  let temporary: number | undefined;
  if (repeated) {
    const times = Math.ceil((4 * SHORT) / inner.length);
    temporary = writtenOut(backend, addresses[repeated], inner.length, times);
    addresses[repeated] = temporary;
    inner.length *= times;
    rows[0] = { length: 1, a: inner.length, b: inner.length, [repeated]: 0 };
  }
  const none = { length: 1, a: 0, b: 0 };
  const [d2 = none, d1 = none, d0 = none] = rows;
  const { a: from, b: other } = addresses;
  const steps = [d0.a, d1.a, d2.a, d0.b, d1.b, d2.b];
  // a row that was lengthened ends where the result does
  const [n1, n2] = temporary === undefined ? [d1.length, d2.length] : [1, 2 ** 30];
  const which = functions.indexOf(name);
  const args = [
    which,
    from,
    other,
    backend.address(output),
    inner.length,
    inner.a,
    inner.b,
    n1,
    n2,
    ...steps,
  ];
  try {
    backend.run("binary", args, total, 0, GRAIN);
  } finally {
    if (temporary !== undefined) backend.memoryOfKernels.free(temporary);
  }
  return output;
}

function repeatedOf({ a, b }: Dimension): "a" | "b" | undefined {
  if (a === 0) return "a";
  return b === 0 ? "b" : undefined;
}

/** The dimensions of the result, from the last on; those that go on alike in both maps are taken as one. */
function dimensionsOf(aShape: number[], bShape: number[]): Dimension[] {
  const shape = backend_util.assertAndGetBroadcastShape(aShape, bShape);
  const stepsOf = (own: number[]) => {
    const strides = stridesOf(own);
    const missing = shape.length - own.length;
    return shape.map((_, i) => (i < missing || own[i - missing] === 1 ? 0 : strides[i - missing]));
  };
  const [a, b] = [stepsOf(aShape), stepsOf(bShape)];
  const dimensions: Dimension[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) continue;
    const last = dimensions.at(-1);
    if (last && a[i] === last.a * last.length && b[i] === last.b * last.length) last.length *= shape[i];
    else dimensions.push({ length: shape[i], a: a[i], b: b[i] });
  }
  return dimensions.length > 0 ? dimensions : [{ length: 1, a: 0, b: 0 }];
}

/** A block of memory with some values, several times. */
function writtenOut(backend: SimdBackend, address: number, length: number, times: number): number {
  const memory = backend.memoryOfKernels;
  const block = memory.allocate(4 * length * times);
  const values = memory.floats(address, length);
  const copies = memory.floats(block, length * times);
  for (let i = 0; i < times; i++) copies.set(values, i * length);
  return block;
}
