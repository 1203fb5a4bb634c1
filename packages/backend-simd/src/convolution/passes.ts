import type { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend.js";
import { directFilterGradient, directForward, directInputGradient } from "./direct.js";
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
  const pass = suitsWinograd(info) ? winogradForward : directForward;
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
  const pass = suitsWinograd(info) ? winogradInputGradient : directInputGradient;
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
  const pass = suitsWinograd(info) ? winogradFilterGradient : directFilterGradient;
  pass(backend, info, x, dy, dw);
}
