import type { Kernel } from "../register.js";
import { unary } from "./unary.js";

/** All kernels that are ours. */
export const kernels: readonly Kernel<never, never>[] = [...unary];
