import type { io } from "@tensorflow/tfjs-core";

/**
 * Weights with those of float32 as IEEE halves, the way TensorFlow.js itself stores them: the type of each stays float32,
 * and `quantization` says how its bytes lie in the file.
 *
 * @throws RangeError that names a weight which is not finite, or rounds to more than 65504
 */
export function asFloat16(
  weightSpecs: readonly io.WeightsManifestEntry[],
  bytes: Uint8Array,
): { weightSpecs: io.WeightsManifestEntry[]; weightData: ArrayBuffer } {
  const parts: Uint8Array[] = [];
  let at = 0;
  const specs = weightSpecs.map((spec): io.WeightsManifestEntry => {
    const count = spec.shape.reduce((product, side) => product * side, 1);
    const size = count * (spec.dtype === "bool" ? 1 : 4);
    const part = bytes.slice(at, at + size);
    at += size;
    if (spec.dtype !== "float32") {
      parts.push(part);
      return spec;
    }
    parts.push(new Uint8Array(halvesOf(new Float32Array(part.buffer), spec.name).buffer));
    return { ...spec, quantization: { dtype: "float16" } };
  });
  return { weightSpecs: specs, weightData: concatenated(parts).buffer as ArrayBuffer };
}

/** From this value on a number rounds to what a half can't hold. */
const TOO_LARGE = 65520;

function halvesOf(values: Float32Array, name: string): Uint16Array {
  const wrong = values.find((value) => !(Math.abs(value) < TOO_LARGE));
  if (wrong !== undefined) {
    throw new RangeError(
      `saveModel: ${name} holds ${wrong}, and float16 holds numbers up to 65504; save it as float32`,
    );
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, halfOf);
}

const LEAST_NORMAL = 0x38800000;

/**
 * The bits of the half that is nearest to a float32, of two as near the even one.
 *
 * @param bits of the float32, less than {@link TOO_LARGE} in size
 */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size >= LEAST_NORMAL) {
    // 13 bits fall off; the exponent is counted from 15, not from 127
    const even = (size >>> 13) & 1;
    return sign | ((size - 0x38000000 + 0xfff + even) >>> 13);
  }
  // multiples of 2⁻²⁴; the significand with its hidden bit is a multiple of 2⁻¹⁴⁹ (2⁻¹²⁶ and above)
  const exponent = size >>> 23;
  const significand = exponent === 0 ? size : (size & 0x7fffff) | 0x800000;
  const multiple = significand * 2 ** (Math.max(exponent, 1) - 150 + 24);
  const whole = Math.floor(multiple);
  const rest = multiple - whole;
  return sign | (whole + (rest > 0.5 || (rest === 0.5 && (whole & 1) === 1) ? 1 : 0));
}

function concatenated(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
