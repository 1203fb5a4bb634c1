// All kernels, compiled into one module by `pnpm kernels`. Each is a plain function on byte offsets into the one memory,
// and works on the items from `begin` to `end`, so that threads share the items among them; see src/pool.ts.

export * from "./binary";
export { direct, matrixProduct, spreadPatches } from "./convolution/direct";
export { directFilterGradient, directFilterGradientEnd } from "./convolution/direct-gradient";
export { pack } from "./convolution/pack";
export { gatherPatches, patchesForward, patchesGradient } from "./convolution/patches";
export { reluBiasGradient, sumOfRows } from "./convolution/relu-bias";
export { winograd, winogradFilterGradient } from "./convolution/winograd";
export { winogradFilter, winogradFilterGradientEnd } from "./convolution/winograd-filter";
export * from "./copy";
export * from "./normalise";
export * from "./optimise";
export * from "./pool";
export * from "./reduce";
export * from "./softmax";
export * from "./unary";
