import { plain, relaxed } from "./kernels.wasm.js";
import { builtin } from "./node.js";

/** The compiled kernels. */
export interface Kernels {
  module: WebAssembly.Module;
  /** Whether they multiply and add in one instruction. */
  relaxed: boolean;
}

/**
 * Compiles the kernels: with relaxed SIMD where the engine has it (in Node 20 by a flag that is set here), else with
 * plain SIMD.
 *
 * @param shared whether their memory is shared with other threads
 * @throws Error where the engine has no SIMD
 */
export function compileKernels(shared: boolean): Kernels {
  const binary = bytesOf(relaxed, shared);
  if (!WebAssembly.validate(binary)) {
    builtin<typeof import("node:v8")>("v8")?.setFlagsFromString?.("--experimental-wasm-relaxed-simd");
  }
  if (WebAssembly.validate(binary)) return { module: new WebAssembly.Module(binary), relaxed: true };
  const fallback = bytesOf(plain, shared);
  if (!WebAssembly.validate(fallback)) {
    throw new Error(
      "backend simd: this engine has no WebAssembly SIMD; the backends wasm and cpu do without it",
    );
  }
  return { module: new WebAssembly.Module(fallback), relaxed: false };
}

/** The flags of the imported memory's limits: with a maximum, and that and shared. */
const LIMITED = 1;
const LIMITED_SHARED = 3;
const MEMORY_NAME = [..."memory"].map((letter) => letter.charCodeAt(0));

/**
 * The module's bytes. It is compiled for shared memory; nothing else in it depends on that, so that the flag in its
 * import is all that differs.
 */
function bytesOf(base64: string, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (shared) return bytes;
  // after the import's name: its kind, 2 for a memory, then the flags
  const at = bytes.findIndex((_, i) => MEMORY_NAME.every((code, k) => bytes[i + k] === code));
  const flags = at + MEMORY_NAME.length + 1;
  if (at < 0 || bytes[flags] !== LIMITED_SHARED)
    throw new Error("backend simd: the module has no import of memory");
  bytes[flags] = LIMITED;
  return bytes;
}
