import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { directFilterGradient, directForward, directInputGradient } from "./direct.js";
import { patchesFilterGradient, patchesForward, patchesInputGradient, suitsPatches } from "./patches.js";
import { suitsWinograd, winogradFilterGradient, winogradForward, winogradInputGradient } from "./winograd.js";

// The three passes of a convolution of maps [batch, height, width, channels] with filters [filterHeight, filterWidth,
// inChannels, outChannels]. All take and give addresses in the backend's memory.

/** y = max(least, x ∗ filter + bias), where `least` is 0 with ReLU and −∞ without; `bias` may be 0, for none. */
export function forward(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  filter: number,
  bias: number,
  relu: boolean,
  y: number,
): void {
  // also on small maps: the transform of the filters is kept in prediction
  const small = suitsPatches(info) ? patchesForward : directForward;
  const pass = suitsWinograd(info) ? winogradForward : small;
  pass(backend, info, x, filter, bias, relu, y);
}

/** dx = dy ∗ the turned filter */
export function inputGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const winograd = suitsWinograd(info) ? winogradInputGradient : directInputGradient;
  const pass = suitsPatches(info) ? patchesInputGradient : winograd;
  pass(backend, info, dy, filter, dx);
}

/** dw = Σ over pixels of x ⊗ dy */
export function filterGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  dw: number,
): void {
  const winograd = suitsWinograd(info) ? winogradFilterGradient : directFilterGradient;
  const pass = suitsPatches(info) ? patchesFilterGradient : winograd;
  pass(backend, info, x, dy, dw);
}
