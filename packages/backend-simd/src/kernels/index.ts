import type { Kernel } from "../register.js";
import { batchNormalisations } from "./batch-normalisation.js";
import { binary, reluGradient } from "./binary.js";
import { cast } from "./cast.js";
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput, fusedConv2d } from "./conv2d.js";
import { conv2dBiasRelu, reluBiasGradient } from "./conv2d-bias-relu.js";
import { concat, pad, slice, split, transpose } from "./copy.js";
import { addN, fill, onesLike, zerosLike } from "./fill.js";
import { maxPool, maxPoolGradient } from "./max-pool.js";
import { adam, momentum } from "./optimise.js";
import { reduce } from "./reduce.js";
import { softmax } from "./softmax.js";
import { unary } from "./unary.js";
import { weightedCrossEntropy } from "./weighted-cross-entropy.js";

/** All kernels that are ours. */
export const kernels: readonly Kernel<never, never>[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  conv2dBiasRelu,
  reluBiasGradient,
  ...unary,
  ...binary,
  ...reduce,
  ...batchNormalisations,
  cast,
  slice,
  split,
  concat,
  pad,
  transpose,
  fill,
  zerosLike,
  onesLike,
  addN,
  maxPool,
  maxPoolGradient,
  softmax,
  reluGradient,
  weightedCrossEntropy,
  momentum,
  adam,
];
