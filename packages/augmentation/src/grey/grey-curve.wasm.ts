// Compiled by `pnpm kernels` from assembly/grey/grey-curve.ts.
const binary =
  "AGFzbQEAAAABDQFgCX98fHx8fHx8fAADAgEABQMBAAIGDgJ/AEGAgAELfwBBgAgLByMEBWNvdW50AwAGdmFsdWVzAwEFYXBwbHkAAAZtZW1vcnkCAArPAQHMAQIDewJ/A0AgACAMSwRAIAxBAnRBgAhqIg39XQMA/V8gAf0U/fEBIAL9FP3zASIK/QwAAAAAAAAAAAAAAAAAAAAA/fcB/QwAAAAAAADwPwAAAAAAAPA//fYBIQkgDSAD/RQgBP0UIAkgBf0UIgsgCSAG/RQgCSAH/RT98gH98AH98gH98AH98gEgCiAJ/fEBIAsgCP0UIAr9DAAAAAAAAAAAAAAAAAAAAAD9Sf1S/fIB/fAB/fIB/fAB/V79WwMAACAMQQJqIQwMAQsLCw==";

/** A new instance of the kernel, with a memory of its own. */
export function instantiate(): WebAssembly.Exports {
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}
