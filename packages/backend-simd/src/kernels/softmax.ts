import { areFloats, type Kernel } from "../register.js";
import { rowsOf, sizeOf } from "./grain.js";

/** e^x / Σ e^x along the last dimension. */
export const softmax: Kernel<"logits", { dim: number }> = {
  name: "Softmax",
  supports: ({ inputs: { logits }, attrs: { dim } }) =>
    areFloats(logits) && logits.shape.length > 0 && (dim === -1 || dim === logits.shape.length - 1),
  compute({ inputs: { logits }, backend }) {
    const length = logits.shape[logits.shape.length - 1];
    const from = backend.address(logits);
    const output = backend.output(logits.shape);
    const rows = length === 0 ? 0 : sizeOf(logits) / length;
    backend.run("softmax", [from, backend.address(output), length], rows, 0, rowsOf(8 * length));
    return output;
  },
};
