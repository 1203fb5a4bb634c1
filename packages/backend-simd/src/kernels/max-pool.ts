import { backend_util } from "@tensorflow/tfjs-core";
import { areFloats, type Kernel } from "../register.js";
import { rowsOf } from "./grain.js";

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

function infoOf(shape: number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) {
  const [batch, height, width, channels] = shape;
  return backend_util.computePool2DInfo(
    [batch, height, width, channels],
    filterSize,
    strides,
    1,
    pad as backend_util.ExplicitPadding,
    dimRoundingMode,
  );
}

/**
 * The largest value of each window of `[batch, height, width, channels]`. A window of one pixel is left to
 * tfjs-backend-cpu, which hands a map of the same size on whatever stride and padding say.
 */
export const maxPool: Kernel<"x", PoolAttributes> = {
  name: "MaxPool",
  supports({ inputs: { x }, attrs }) {
    const { filterHeight, filterWidth } = infoOf(x.shape, attrs);
    return areFloats(x) && filterHeight * filterWidth > 1;
  },
  compute({ inputs: { x }, attrs, backend }) {
    const info = infoOf(x.shape, attrs);
    const from = backend.address(x);
    const output = backend.output(info.outShape);
    const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const { strideHeight, strideWidth, padInfo } = info;
    const input = [inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth];
    const args = [
      from,
      backend.address(output),
      ...input,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
    ];
    backend.run("maxPool", args, info.batchSize * outHeight, 0, rowsOf(inWidth * inChannels * strideHeight));
    return output;
  },
};

/** The gradient of {@link maxPool} where windows don't overlap: each goes to the first of its window's largest. */
export const maxPoolGradient: Kernel<"dy" | "input" | "output", PoolAttributes> = {
  name: "MaxPoolGrad",
  supports({ inputs: { dy, input }, attrs }) {
    const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, outHeight, outWidth, ...info } =
      infoOf(input.shape, attrs);
    const isApart = filterHeight === strideHeight && filterWidth === strideWidth;
    const isWithin = outHeight * strideHeight <= info.inHeight && outWidth * strideWidth <= info.inWidth;
    return (
      areFloats(dy, input) && isApart && isWithin && outHeight > 0 && padInfo.top === 0 && padInfo.left === 0
    );
  },
  compute({ inputs: { dy, input }, attrs, backend }) {
    const info = infoOf(input.shape, attrs);
    const [x, from] = [backend.address(input), backend.address(dy)];
    const dx = backend.output(input.shape);
    const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const sizes = [inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth];
    const grain = rowsOf(inWidth * inChannels * filterHeight);
    backend.run(
      "maxPoolGradient",
      [x, from, backend.address(dx), ...sizes],
      info.batchSize * outHeight,
      0,
      grain,
    );
    return dx;
  },
};
