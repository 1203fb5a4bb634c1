/**
 * The backends, by what they compute on:
 *
 * - `tensorflow-gpu`: native TensorFlow with CUDA (`@tensorflow/tfjs-node-gpu`), Node
 * - `tensorflow`: native TensorFlow on the CPU (`@tensorflow/tfjs-node`), Node
 * - `webgpu`: any GPU by WebGPU, in the browser, or in Node through `webgpu` (Dawn)
 * - `simd`: WebAssembly SIMD with threads (`@unet/backend-simd`)
 * - `wasm`: WebAssembly SIMD, one thread in Node
 * - `webgl`: a GPU by WebGL, in the browser
 * - `cpu`: plain JavaScript; slow, and everywhere
 */
export type BackendName = "tensorflow-gpu" | "tensorflow" | "webgpu" | "simd" | "wasm" | "webgl" | "cpu";

/** Every {@link BackendName}. */
export const backendNames: readonly BackendName[] = [
  "tensorflow-gpu",
  "tensorflow",
  "webgpu",
  "simd",
  "wasm",
  "webgl",
  "cpu",
];

/** Whether this is Node, or a runtime with Node's modules. */
export const inNode = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** The order in which `useBackend` looks for a backend, the fastest first. */
export const defaultOrder: readonly BackendName[] = inNode
  ? ["tensorflow-gpu", "webgpu", "simd", "tensorflow", "wasm", "cpu"]
  : ["webgpu", "simd", "webgl", "wasm", "cpu"];
