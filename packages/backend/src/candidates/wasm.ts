import * as tf from "@tensorflow/tfjs-core";
import { optional, Unavailable } from "../errors.js";
import { inNode } from "../names.js";
import { registerConv2DGradients } from "../wasm/conv2d-gradients.js";
import type { Candidate } from "./candidate.js";

export const wasm: Candidate = {
  name: "wasm",
  async start(_asked, { wasmPaths }) {
    const backend = await optional(
      "@tensorflow/tfjs-backend-wasm",
      () => import("@tensorflow/tfjs-backend-wasm"),
    );
    if (wasmPaths !== undefined) backend.setWasmPaths(wasmPaths);
    else if (!inNode) backend.setWasmPaths(bundledBinaries());
    if (!(await tf.setBackend("wasm"))) {
      throw new Unavailable("the WebAssembly binaries did not load; say where they are with wasmPaths");
    }
    await tf.ready();
    registerConv2DGradients();
    const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
    const threads = backend.getThreadsCount();
    return { device: `WebAssembly${simd ? " SIMD" : ""}, ${threads} thread${threads === 1 ? "" : "s"}` };
  },
};

/** Where a bundler that understands `new URL(…, import.meta.url)` puts the binaries. */
function bundledBinaries(): Record<string, string> {
  return {
    "tfjs-backend-wasm.wasm": new URL(
      "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
      import.meta.url,
    ).href,
    "tfjs-backend-wasm-simd.wasm": new URL(
      "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
      import.meta.url,
    ).href,
    "tfjs-backend-wasm-threaded-simd.wasm": new URL(
      "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
      import.meta.url,
    ).href,
  };
}
