import type { DataType } from "@tensorflow/tfjs-core";
import type { Kernel } from "../register.js";
import { isNumberType, type NumberType } from "../tensor-data.js";

/**
 * Whole numbers and truth values as numbers of another type. tfjs-backend-cpu hands their values on as they are, under the new
 * type: there any array holds any number, here they are bits.
 */
export const cast: Kernel<"x", { dtype: DataType }> = {
  name: "Cast",
  supports: ({ inputs: { x }, attrs: { dtype } }) =>
    (x.dtype === "int32" || x.dtype === "bool") &&
    x.dtype !== dtype &&
    dtype !== "bool" &&
    isNumberType(dtype),
  compute({ inputs: { x }, attrs, backend }) {
    const output = backend.output(x.shape, attrs.dtype as NumberType);
    backend.values(output).set(backend.values(x));
    return output;
  },
};
