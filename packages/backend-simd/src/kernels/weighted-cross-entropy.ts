import type { SimdBackend } from "../backend.js";
import type { Kernel } from "../register.js";
import { sizeOf } from "./grain.js";

/** Pixels whose sum is taken at a time; the sums are then added in order. */
const BLOCK = 2048;

/**
 * Softmax and cross-entropy in one walk: of `logits` `[…, classes]`, int32 `labels` and `weights` `[…]` it makes
 * `[loss, slope]`. The loss is Σ w·ce, with `mean` Σ w·ce / Σ w, 0 where all weights are; `slope` is its gradient by the
 * logits. A label below 0 weighs nothing.
 */
export const weightedCrossEntropy: Kernel<"logits" | "labels" | "weights", { mean: boolean }> = {
  name: "UNetWeightedCrossEntropy",
  compute({ inputs: { logits, labels, weights }, attrs: { mean }, backend }) {
    const classes = logits.shape[logits.shape.length - 1];
    const pixels = sizeOf(labels);
    const blocks = Math.ceil(pixels / BLOCK);
    const [logitsAt, labelsAt, weightsAt] = [logits, labels, weights].map((tensor) =>
      backend.address(tensor),
    );
    const slope = backend.output(logits.shape);
    const slopeAt = backend.address(slope);
    const memory = backend.memoryOfKernels;
    const partial = memory.allocate(8 * blocks);
    try {
      let scale = 1;
      if (mean) {
        backend.run("countedWeights", [labelsAt, weightsAt, partial, pixels, BLOCK], blocks);
        const total = sumOf(backend, partial, blocks);
        scale = total === 0 ? 0 : 1 / total;
      }
      const maps = [logitsAt, labelsAt, weightsAt, slopeAt];
      backend.run("crossEntropy", [...maps, partial, scale, pixels, classes, BLOCK], blocks);
      const loss = Float32Array.of(sumOf(backend, partial, blocks));
      return [{ dataId: backend.write(loss, [], "float32"), shape: [], dtype: "float32" }, slope];
    } finally {
      memory.free(partial);
    }
  },
};

function sumOf({ memoryOfKernels }: SimdBackend, address: number, length: number): number {
  return new Float64Array(memoryOfKernels.wasm.buffer, address, length).reduce((sum, part) => sum + part, 0);
}
