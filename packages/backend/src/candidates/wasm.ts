import * as tf from "@tensorflow/tfjs-core";
import { Unavailable, unavailable } from "../errors.js";
import { inNode } from "../names.js";
import { registerConv2DGradients } from "../wasm/conv2d-gradients.js";
import type { Candidate, Started, StartOptions } from "./candidate.js";

const noBinaries = "the WebAssembly binaries did not load; say where they are with wasmPaths";

export const wasm: Candidate = {
  name: "wasm",
  async probe(options) {
    await load(options);
    const make = tf.findBackendFactory("wasm");
    const backend = await Promise.resolve(make()).catch((cause) => {
      throw new Unavailable(noBinaries, { cause });
    });
    const started = await describe();
    backend.dispose();
    return started;
  },
  async start(_asked, options) {
    await load(options);
    if (!(await tf.setBackend("wasm"))) throw new Unavailable(noBinaries);
    registerConv2DGradients();
    return describe();
  },
};

/** The binaries are beside the package in Node; a page must fetch them. */
async function load({ wasmPaths }: StartOptions): Promise<void> {
  const { setWasmPaths } = await loadPackage();
  if (tf.engine().registry.wasm) return;
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  else if (!inNode) setWasmPaths(bundledBinaries());
}

async function loadPackage() {
  try {
    return await import("@tensorflow/tfjs-backend-wasm");
  } catch (cause) {
    throw unavailable("@tensorflow/tfjs-backend-wasm", cause);
  }
}

async function describe(): Promise<Started> {
  const { getThreadsCount } = await loadPackage();
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  const threads = getThreadsCount();
  return { device: `WebAssembly${simd ? " SIMD" : ""}, ${threads} thread${threads === 1 ? "" : "s"}` };
}

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
