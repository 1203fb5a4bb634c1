import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { graphOf, resolutionsOf, type Step } from "./graph.js";

/** What a network's computation takes, for a pixel of its input. */
export interface NetworkMemory {
  /** Bytes at the peak, weights left out. */
  bytesPerPixel: number;
  /** Pixels of input beyond which a tensor would be larger than the backend's largest buffer or texture. */
  maxPixels: number;
}

/**
 * An upper bound of what a prediction takes, from the layers' activations: they are followed in the order in
 * which TensorFlow.js computes them and frees those that no layer needs any more; each layer takes its
 * output once more for its kernel, and what the backend lays out for a convolution. Maps of valid
 * convolutions are taken for as large as padded ones.
 */
export function networkMemory(model: LayersModel): NetworkMemory {
  const { steps, input, output } = graphOf(model, 0, true);
  const resolutions = [0, 1].map((axis) => resolutionsOf(graphOf(model, axis as 0 | 1, true)));
  /** Pixels of a map for one of the input. */
  const share = (map: string) =>
    resolutions.reduce((product, scale) => {
      const [pixels, of] = scale.get(map) ?? [1, 0];
      return (product * of) / pixels;
    }, 1);
  const bytes = new Map(steps.map((step) => [step.output, 4 * step.channels * share(step.output)]));
  const uses = new Map<string, number>();
  for (const map of steps.flatMap(({ inputs }) => inputs)) uses.set(map, (uses.get(map) ?? 0) + 1);
  const layout = layoutOf(tf.getBackend());

  // The input is there twice: predict cuts its batch from it.
  let live = 2 * bytes.get(input)!;
  let kept = 0;
  let peak = 0;
  let largest = 0;
  for (const step of steps) {
    if (step.output === input) continue;
    const made = bytes.get(step.output)!;
    const given = step.inputs.map((map) => bytes.get(map)!);
    const laidOut = layout.bytes(step, share(step.output), given[0] / 4 / (share(step.inputs[0]) || 1));
    if (layout.isKept) kept += laidOut;
    const passing = Math.max(made, ...given) + (layout.isKept ? 0 : laidOut);
    peak = Math.max(peak, live + made + passing);
    largest = Math.max(largest, made, layout.isTensor ? laidOut : 0);
    live += made;
    for (const [i, map] of step.inputs.entries()) {
      uses.set(map, uses.get(map)! - 1);
      if (uses.get(map) === 0 && map !== input) live -= given[i];
    }
  }
  // The result is put together from its batches, and brought from the backend.
  peak = Math.max(peak, live + 2 * bytes.get(output)!);
  return {
    bytesPerPixel: (peak + kept) * (layout.slack ?? 1),
    maxPixels: Math.floor(largestTensor() / Math.max(largest, bytes.get(input)!)),
  };
}

/** What a backend lays out for a convolution beside its input and output. */
interface Layout {
  /** Bytes for a pixel of the network's input. */
  bytes(step: Step, share: number, inputChannels: number): number;
  /** Whether it stays when the convolution is done. */
  isKept?: boolean;
  /** Whether it is a tensor itself. */
  isTensor?: boolean;
  /** What is taken for what is asked for. */
  slack?: number;
}

function layoutOf(backend: string): Layout {
  switch (backend) {
    case "wasm":
      // XNNPACK keeps, for each convolution, a pointer for each tap of each pixel; the heap grows by a fifth more
      // than is asked for.
      return { isKept: true, slack: 1.2, bytes: ({ taps }, share) => (taps > 1 ? 4 * taps * share : 0) };
    case "webgl":
      // Convolutions are products of matrices that hold each pixel's window.
      return {
        isTensor: true,
        bytes: ({ taps }, share, channels) => (taps > 1 ? 4 * taps * channels * share : 0),
      };
    default:
      return { bytes: () => 0 };
  }
}

/** Bytes of the largest tensor that the current backend can hold. */
function largestTensor(): number {
  const name = tf.getBackend();
  if (name === "webgl") {
    // Four bytes a texel: not all programs pack four values.
    return 4 * tf.env().getNumber("WEBGL_MAX_TEXTURE_SIZE") ** 2;
  }
  const { device } = tf.backend() as { device?: { limits?: Record<string, number> } };
  if (device?.limits) return Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  // TensorFlow and XNNPACK count a tensor's values, or its bytes, in 32 bits.
  return 2 ** 31;
}
