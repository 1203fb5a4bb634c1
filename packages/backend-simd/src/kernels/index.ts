import type { Kernel } from "../register.js";
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput, fusedConv2d } from "./conv2d.js";
import { unary } from "./unary.js";

/** All kernels that are ours. */
export const kernels: readonly Kernel<never, never>[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  ...unary,
];
