import * as tf from "@tensorflow/tfjs-core";
import type { SimdBackend } from "./backend.js";

export const NAME = "simd";

/** What a kernel of ours gets: TensorFlow.js's inputs by their names, attributes, and the backend that it runs on. */
interface KernelArguments<Inputs extends string, Attributes> {
  inputs: Record<Inputs, tf.TensorInfo>;
  attrs: Attributes;
  backend: SimdBackend;
}

/** A kernel of ours for one of TensorFlow.js's. */
export interface Kernel<Inputs extends string = string, Attributes = object> {
  /** The name under which TensorFlow.js runs it. */
  name: string;
  /** Where it says no, tfjs-backend-cpu's kernel computes. Default: it computes everything. */
  supports?(args: KernelArguments<Inputs, Attributes>): boolean;
  compute(args: KernelArguments<Inputs, Attributes>): tf.TensorInfo | tf.TensorInfo[];
}

/** Gives the backend all kernels of tfjs-backend-cpu, and `kernels` in place of those of the same name. */
export function registerKernels(kernels: readonly Kernel<never, never>[]): void {
  const theirs = new Map(tf.getKernelsForBackend("cpu").map((config) => [config.kernelName, config]));
  for (const { name, supports, compute } of kernels as unknown as Kernel[]) {
    const fallback = theirs.get(name);
    const kernelFunc: tf.KernelFunc = (given) => {
      const args = given as unknown as KernelArguments<string, object>;
      const isOurs = supports?.(args) ?? true;
      if (!isOurs && !fallback) throw new TypeError(`backend simd: ${name} has no kernel for these tensors`);
      return isOurs ? compute(args) : (fallback as tf.KernelConfig).kernelFunc(given);
    };
    tf.registerKernel({ kernelName: name, backendName: NAME, kernelFunc });
    theirs.delete(name);
  }
  for (const config of theirs.values()) tf.registerKernel({ ...config, backendName: NAME });
}

/** Whether all of these are tensors of float32. */
export function areFloats(...tensors: tf.TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32");
}
