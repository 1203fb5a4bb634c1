import type { backend_util } from "@tensorflow/tfjs-core";
import { withMemory } from "../convolution/with-memory.js";
import type { Kernel } from "../register.js";
import { fusedConv2d } from "./conv2d.js";
import { sizeOf } from "./grain.js";

/** Blocks of pixels whose gradients are added up apart, so that threads can share them. */
const BLOCKS = 64;

interface Attributes {
  strides: [number, number];
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
}

/** max(0, x ∗ filter + bias), of which a gradient can be registered; TensorFlow.js's own fusion has none for ReLU. */
export const conv2dBiasRelu: Kernel<"x" | "filter" | "bias", Attributes> = {
  name: "UNetConv2DBiasRelu",
  compute: ({ inputs, attrs, backend }) =>
    fusedConv2d.compute({ inputs, attrs: { ...attrs, activation: "relu" }, backend }),
};

/**
 * What of it is not a convolution's gradient: of `y` and the gradient `dy` by it, `[dz, db]`: the gradient by what ReLU
 * was given, `dy` where `y` > 0, and by the bias, the sum of `dz` over all pixels.
 */
export const reluBiasGradient: Kernel<"dy" | "y", object> = {
  name: "UNetReluBiasGradient",
  compute({ inputs: { dy, y }, backend }) {
    const channels = y.shape[y.shape.length - 1];
    const pixels = sizeOf(y) / channels;
    const block = Math.ceil(pixels / BLOCKS);
    const blocks = Math.ceil(pixels / block);
    const maps = [dy, y].map((input) => backend.address(input));
    const [dz, db] = [backend.output(y.shape), backend.output([channels])];
    withMemory(backend, 4 * blocks * channels, (sums) => {
      const args = [...maps, backend.address(dz), sums, pixels, channels, block];
      backend.run("reluBiasGradient", args, blocks);
      backend.run("sumOfRows", [sums, blocks, channels, backend.address(db)], channels, 0, 256);
    });
    return [dz, db];
  },
};
