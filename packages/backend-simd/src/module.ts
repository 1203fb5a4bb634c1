import { plain, relaxed } from "./kernels.wasm.js";
import { builtin } from "./node.js";

/** A variant of the kernels that the engine can run. */
export interface Variant {
  binary: Uint8Array<ArrayBuffer>;
  /** Whether they multiply and add in one instruction. */
  relaxed: boolean;
}

/**
 * The fastest variant: with relaxed SIMD where the engine has it (in Node 20 by a flag that is set here), else with plain
 * SIMD.
 *
 * @param shared whether their memory is shared with other threads
 * @throws Error where the engine has no SIMD
 */
export function variantFor(shared: boolean): Variant {
  const binary = bytesOf(relaxed, shared);
  if (!WebAssembly.validate(binary)) {
    builtin<typeof import("node:v8")>("v8")?.setFlagsFromString?.("--experimental-wasm-relaxed-simd");
  }
  if (WebAssembly.validate(binary)) return { binary, relaxed: true };
  const fallback = bytesOf(plain, shared);
  if (WebAssembly.validate(fallback)) return { binary: fallback, relaxed: false };
  throw new Error("this engine has no WebAssembly SIMD; the backends wasm and cpu do without it");
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
