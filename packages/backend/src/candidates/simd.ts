import * as tf from "@tensorflow/tfjs-core";
import { repairResizeGradients } from "../cpu/resize-gradients.js";
import { Unavailable, unavailable } from "../errors.js";
import type { Candidate, Started } from "./candidate.js";

export const simd: Candidate = {
  name: "simd",
  probe: describe,
  async start() {
    const started = await describe();
    await tf.setBackend("simd");
    repairResizeGradients("simd");
    return started;
  },
};

async function describe(): Promise<Started> {
  const { describeSimd } = await loadPackage();
  try {
    const { threads, relaxed } = describeSimd();
    const kind = relaxed ? "relaxed SIMD" : "SIMD";
    return { device: `WebAssembly ${kind}, ${threads} thread${threads === 1 ? "" : "s"}` };
  } catch (cause) {
    throw new Unavailable((cause as Error).message, { cause });
  }
}

async function loadPackage() {
  try {
    return await import("@unet/backend-simd");
  } catch (cause) {
    throw unavailable("@unet/backend-simd", cause);
  }
}
