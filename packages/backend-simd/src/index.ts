import * as tf from "@tensorflow/tfjs-core";
import { SimdBackend } from "./backend.js";
import { registerGradients } from "./gradients.js";
import { kernels } from "./kernels/index.js";
import { canShareMemory } from "./memory.js";
import { variantFor } from "./module.js";
import { MOST_THREADS } from "./pool.js";
import { NAME, registerKernels } from "./register.js";
import { defaultThreads } from "./threads.js";

let wanted: number | undefined;
let running: SimdBackend | undefined;

registerKernels(kernels);
registerGradients();
tf.registerBackend(
  NAME,
  () => {
    running = new SimdBackend(wanted ?? defaultThreads());
    return running;
  },
  2,
);

/**
 * Sets how many threads compute, the caller's among them, from now on. Without it: as many as the processor has, and
 * one on a page's main thread, which may not sleep while others work. Where memory can't be shared, because a page isn't
 * cross-origin isolated, it stays at one.
 *
 * ```ts
 * setThreads(4);
 * ```
 *
 * @throws RangeError for what is no whole number from 1 to 64
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS) {
    throw new RangeError(`setThreads: count must be a whole number from 1 to ${MOST_THREADS}, got ${count}`);
  }
  wanted = count;
  running?.pool.resize(count);
}

/** What the backend computes with. */
export interface SimdInfo {
  /** Threads, the caller's among them. */
  threads: number;
  /** Whether it multiplies and adds in one instruction (relaxed SIMD). */
  relaxed: boolean;
}

/**
 * Tells what the backend computes with, or would once it is started.
 *
 * @throws Error where the engine has no SIMD
 */
export function describeSimd(): SimdInfo {
  if (running) return { threads: running.pool.threads, relaxed: running.pool.relaxed };
  const threads = canShareMemory() ? (wanted ?? defaultThreads()) : 1;
  return { threads, relaxed: variantFor(canShareMemory()).relaxed };
}
