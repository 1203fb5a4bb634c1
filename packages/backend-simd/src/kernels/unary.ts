import { areFloats, type Kernel } from "../register.js";

/** Values that a part has at least: less isn't worth waking a thread. */
export const GRAIN = 16_384;

/** Functions of one map, value by value. */
const functions = { Relu: "relu" };

export const unary = Object.entries(functions).map(
  ([name, kernel]): Kernel<"x"> => ({
    name,
    supports: ({ inputs }) => areFloats(inputs.x),
    compute({ inputs: { x }, backend }) {
      const output = backend.output(x.shape);
      const size = x.shape.reduce((product, length) => product * length, 1);
      backend.run(kernel, [backend.address(x), backend.address(output)], size, 0, GRAIN);
      return output;
    },
  }),
);
