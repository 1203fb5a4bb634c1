import type { SimdBackend } from "../backend.js";

/** Lends `bytes` of the backend's memory while `use` runs. */
export function withMemory(backend: SimdBackend, bytes: number, use: (address: number) => void): void {
  const address = backend.memoryOfKernels.allocate(bytes);
  try {
    use(address);
  } finally {
    backend.memoryOfKernels.free(address);
  }
}
