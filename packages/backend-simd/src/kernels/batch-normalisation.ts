import type * as tf from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { areFloats, type Kernel } from "../register.js";
import { rowsOf, sizeOf } from "./grain.js";
import { blockOf, reduceInto } from "./reduce.js";

const FORWARD = "FusedBatchNormV3";
const BACKWARD = "FusedBatchNormGradV3";

/** γ·(x − μ)/√(σ² + ε) + β by channel, the last dimension, with statistics that are given. */
const batchNormalisation: Kernel<
  "x" | "mean" | "variance" | "offset" | "scale",
  { varianceEpsilon: number }
> = {
  name: "FusedBatchNorm",
  supports({ inputs: { x, ...others } }) {
    const given = Object.values(others).filter(Boolean);
    const channels = x.shape[x.shape.length - 1];
    return areFloats(x, ...given) && given.every(({ shape }) => shape.length === 1 && shape[0] === channels);
  },
  compute({ inputs: { x, mean, variance, offset, scale }, attrs, backend }) {
    const [means, variances] = [valuesOf(backend, mean), valuesOf(backend, variance)];
    const scales = scale ? valuesOf(backend, scale) : undefined;
    const offsets = offset ? valuesOf(backend, offset) : undefined;
    const factors = variances.map((v, c) => (scales?.[c] ?? 1) / Math.sqrt(v + attrs.varianceEpsilon));
    const shifts = factors.map((factor, c) => (offsets?.[c] ?? 0) - means[c] * factor);
    return scaleAndShift(backend, x, factors, shifts);
  },
};

/**
 * The same with the statistics of `x` itself: TensorFlow's operation, which makes `[y, mean, variance, …]`, the variance that of
 * a sample. What follows is for the gradient: mean, variance of the whole, nothing.
 */
const overBatch: Kernel<"x" | "scale" | "offset", { epsilon: number }> = {
  name: FORWARD,
  compute({ inputs: { x, scale, offset }, attrs, backend }) {
    const channels = x.shape[x.shape.length - 1];
    const pixels = sizeOf(x) / channels;
    const mean = backend.output([channels]);
    const variance = backend.output([channels]);
    const [from, meanAt, varianceAt] = [x, mean, variance].map((tensor) => backend.address(tensor));
    reduceInto(backend, "sum", from, meanAt, { outer: 1, length: pixels, inner: channels });
    const means = valuesOf(backend, mean).map((sum) => sum / pixels);
    backend.memoryOfKernels.floats(meanAt, channels).set(means);
    sumProducts(backend, "squaredDeviations", [from, meanAt], varianceAt, { pixels, channels });
    const variances = valuesOf(backend, variance).map((sum) => sum / pixels);
    backend.memoryOfKernels.floats(varianceAt, channels).set(variances);
    const scales = valuesOf(backend, scale);
    const offsets = valuesOf(backend, offset);
    const factors = variances.map((v, c) => scales[c] / Math.sqrt(v + attrs.epsilon));
    const shifts = factors.map((factor, c) => offsets[c] - means[c] * factor);
    const y = scaleAndShift(backend, x, factors, shifts);
    const correction = pixels > 1 ? pixels / (pixels - 1) : 1;
    const ofSample = infoOf(
      backend,
      variances.map((v) => v * correction),
    );
    return [y, mean, ofSample, backend.reshaped(mean, [channels]), variance, backend.output([0])];
  },
};

/** dx = γ/√(σ² + ε) · (dy − Σdy/n − x̂·Σ(dy·x̂)/n), dγ = Σ dy·x̂, dβ = Σ dy, with x̂ = (x − μ)/√(σ² + ε). */
const overBatchGradient: Kernel<"dy" | "x" | "scale" | "mean" | "variance", { epsilon: number }> = {
  name: BACKWARD,
  compute({ inputs: { dy, x, scale, mean, variance }, attrs, backend }) {
    const channels = x.shape[x.shape.length - 1];
    const pixels = sizeOf(x) / channels;
    const dscale = backend.output([channels]);
    const doffset = backend.output([channels]);
    const [dyAt, xAt, meanAt] = [dy, x, mean].map((tensor) => backend.address(tensor));
    const [dscaleAt, doffsetAt] = [dscale, doffset].map((tensor) => backend.address(tensor));
    reduceInto(backend, "sum", dyAt, doffsetAt, { outer: 1, length: pixels, inner: channels });
    const zeros = infoOf(backend, new Float32Array(channels));
    sumProducts(backend, "gradientProducts", [dyAt, xAt, meanAt, backend.address(zeros)], dscaleAt, {
      pixels,
      channels,
    });
    backend.disposeIntermediateTensorInfo(zeros);
    const inverses = valuesOf(backend, variance).map((v) => 1 / Math.sqrt(v + attrs.epsilon));
    const products = valuesOf(backend, dscale).map((sum, c) => sum * inverses[c]);
    backend.memoryOfKernels.floats(dscaleAt, channels).set(products);
    const sums = valuesOf(backend, doffset);
    const [scales, means] = [valuesOf(backend, scale), valuesOf(backend, mean)];
    const ofDy = scales.map((factor, c) => factor * inverses[c]);
    const ofX = ofDy.map((factor, c) => (-factor * inverses[c] * products[c]) / pixels);
    const shifts = ofDy.map((factor, c) => (-factor * sums[c]) / pixels - ofX[c] * means[c]);
    const [a, b, shift] = [ofDy, ofX, shifts].map((values) => infoOf(backend, values));
    const dx = backend.output(x.shape);
    const factors = [a, b, shift].map((tensor) => backend.address(tensor));
    backend.run(
      "mixAndShift",
      [dyAt, xAt, ...factors, backend.address(dx), channels],
      pixels,
      0,
      rowsOf(channels),
    );
    for (const tensor of [a, b, shift]) backend.disposeIntermediateTensorInfo(tensor);
    return [dx, dscale, doffset];
  },
};

export const batchNormalisations = [batchNormalisation, overBatch, overBatchGradient];

/** Sums by channel of products of pixels: in blocks, which are then added in order. */
function sumProducts(
  backend: SimdBackend,
  kernel: string,
  maps: number[],
  output: number,
  { pixels, channels }: { pixels: number; channels: number },
): void {
  const block = blockOf(channels);
  const blocks = Math.ceil(pixels / block);
  const partial = backend.memoryOfKernels.allocate(4 * blocks * channels);
  backend.run(kernel, [...maps, partial, pixels, channels, block], blocks);
  reduceInto(backend, "sum", partial, output, { outer: 1, length: blocks, inner: channels });
  backend.memoryOfKernels.free(partial);
}

function scaleAndShift(
  backend: SimdBackend,
  x: tf.TensorInfo,
  factors: Float64Array,
  shifts: Float64Array,
): tf.TensorInfo {
  const [factor, shift] = [factors, shifts].map((values) => infoOf(backend, values));
  const addresses = [x, factor, shift].map((tensor) => backend.address(tensor));
  const y = backend.output(x.shape);
  const channels = factors.length;
  const args = [...addresses, backend.address(y), channels];
  backend.run("scaleAndShift", args, sizeOf(x) / channels, 0, rowsOf(channels));
  for (const tensor of [factor, shift]) backend.disposeIntermediateTensorInfo(tensor);
  return y;
}

/** A copy of the values of a tensor with one value a channel. */
function valuesOf(backend: SimdBackend, tensor: tf.TensorInfo): Float64Array {
  return Float64Array.from(backend.memoryOfKernels.floats(backend.address(tensor), sizeOf(tensor)));
}

function infoOf(backend: SimdBackend, values: Float64Array | Float32Array): tf.TensorInfo {
  const shape = [values.length];
  return { dataId: backend.write(Float32Array.from(values), shape, "float32"), shape, dtype: "float32" };
}
