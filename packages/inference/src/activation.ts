/**
 * What makes scores of logits: `"softmax"` over the classes, `"sigmoid"` of each class by itself, or `"none"`.
 * Softmax of a single class would be 1 everywhere; it is the sigmoid instead, as if the background's logit
 * were 0.
 */
export type Activation = "softmax" | "sigmoid" | "none";

/** The names of all {@link Activation}s. */
export const activations: readonly Activation[] = ["softmax", "sigmoid", "none"];

/** Applies an activation in place, to pixels of `channels` values. */
export function activate(data: Float32Array, channels: number, activation: Activation): void {
  if (activation === "none") return;
  if (activation === "sigmoid" || channels === 1) {
    for (let i = 0; i < data.length; i++) data[i] = 1 / (1 + Math.exp(-data[i]));
    return;
  }
  if (channels === 2) {
    // One exponential a pixel instead of two.
    for (let i = 0; i < data.length; i += 2) {
      const odds = exponential(data[i] - data[i + 1]);
      const second = 1 / (1 + odds);
      data[i] = odds * second;
      data[i + 1] = second;
    }
    return;
  }
  for (let i = 0; i < data.length; i += channels) {
    let largest = data[i];
    for (let c = 1; c < channels; c++) if (data[i + c] > largest) largest = data[i + c];
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      data[i + c] = Math.exp(data[i + c] - largest);
      sum += data[i + c];
    }
    for (let c = 0; c < channels; c++) data[i + c] /= sum;
  }
}

/**
 * eˣ as 2ⁱ · 2ᶠ, 2ᶠ by a polynomial through the Chebyshev nodes of 0 … 1 (relative error below 3e-9, where float
 * tells 6e-8 apart), for x kept within ±110, beyond which float holds no odds. `Math.exp` would take most of the
 * time that predicting takes beside the network.
 */
function exponential(x: number): number {
  const exponent = Math.min(Math.max(x, -110), 110) * Math.LOG2E;
  const whole = Math.floor(exponent);
  const f = exponent - whole;
  const upper =
    0.055480630196002884 +
    f * (0.009684186311643219 + f * (0.0012391331823096154 + f * 0.00021865784823863317));
  const power = 1.0000000025307454 + f * (0.6931469327588494 + f * (0.24023045441248364 + f * upper));
  return POWERS[whole + 160] * power;
}

/** 2ⁱ⁻¹⁶⁰. */
const POWERS = Float64Array.from({ length: 321 }, (_, i) => 2 ** (i - 160));
