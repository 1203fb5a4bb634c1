import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { forwardOf, inputGradientOf } from "./convolution.js";
import { directFilterGradient, directForward, directInputGradient } from "./direct.js";
import { patchesConvolution, patchesFilterGradient, suitsPatches } from "./patches.js";
import { suitsWinograd, winogradConvolution, winogradFilterGradient } from "./winograd.js";

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
  if (suitsWinograd(info)) winogradConvolution(backend, forwardOf(info, x, filter, bias, relu, y));
  else if (suitsPatches(info)) patchesConvolution(backend, forwardOf(info, x, filter, bias, relu, y));
  else directForward(backend, info, x, filter, bias, relu, y);
}

/** dx = dy ∗ the turned filter */
export function inputGradient(
  backend: SimdBackend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  if (suitsPatches(info)) patchesConvolution(backend, inputGradientOf(info, dy, filter, dx));
  else if (suitsWinograd(info)) winogradConvolution(backend, inputGradientOf(info, dy, filter, dx));
  else directInputGradient(backend, info, dy, filter, dx);
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
