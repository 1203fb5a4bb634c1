import { areFloats, type Kernel } from "../register.js";
import { GRAIN, sizeOf } from "./grain.js";

/** The names of TensorFlow.js, and those of the compiled functions. */
const functions = {
  Abs: "absolute",
  Exp: "exp",
  LeakyRelu: "leakyRelu",
  Log: "log",
  Neg: "negative",
  Reciprocal: "reciprocal",
  Relu: "relu",
  Relu6: "relu6",
  Rsqrt: "reciprocalRoot",
  Sigmoid: "sigmoid",
  Sqrt: "root",
  Square: "square",
  Step: "step",
};

/** Functions of one map, value by value; `alpha` is that of `LeakyRelu` and `Step`. */
export const unary = Object.entries(functions).map(
  ([name, kernel]): Kernel<"x", { alpha?: number }> => ({
    name,
    supports: ({ inputs }) => areFloats(inputs.x),
    compute({ inputs: { x }, attrs, backend }) {
      const from = backend.address(x);
      const output = backend.output(x.shape);
      backend.run(kernel, [from, backend.address(output), attrs?.alpha ?? 0], sizeOf(x), 0, GRAIN);
      return output;
    },
  }),
);
