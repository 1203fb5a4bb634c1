import * as tf from "@tensorflow/tfjs-core";
import { optional, Unavailable } from "../errors.js";
import { inNode } from "../names.js";
import type { Candidate } from "./candidate.js";

/** The part of tfjs-node's own backend that says what it is. */
interface NodeBackend {
  isGPUPackage: boolean;
  isUsingGpuDevice: boolean;
  binding: { TF_Version?: string };
}

export const tensorflow = nativeCandidate("tensorflow", "@tensorflow/tfjs-node");
export const tensorflowGpu = nativeCandidate("tensorflow-gpu", "@tensorflow/tfjs-node-gpu");

function nativeCandidate(name: "tensorflow" | "tensorflow-gpu", packageName: string): Candidate {
  return {
    name,
    async start(asked) {
      if (!inNode) throw new Unavailable("needs Node");
      await restoreNodeUtilities();
      // A bundler for browsers must not follow this.
      await optional(packageName, () => import(/* @vite-ignore */ packageName)).catch((error) => {
        throw notBuilt(error, name);
      });
      await tf.setBackend("tensorflow");
      const { isGPUPackage, isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend;
      if (isGPUPackage !== (name === "tensorflow-gpu")) {
        throw new Unavailable(`the other native package was loaded before in this process; only one can be`);
      }
      const version = `TensorFlow ${binding.TF_Version ?? "of unknown version"}`;
      if (name === "tensorflow") return { device: `CPU, ${version}` };
      if (isUsingGpuDevice) return { device: `GPU, ${version}` };
      if (!asked) throw new Unavailable("the GPU build found no GPU");
      return { device: `CPU, ${version}`, notes: ["the GPU build found no GPU and computes on the CPU"] };
    },
  };
}

/** tfjs-node calls functions of `util` that Node 23 removed. */
async function restoreNodeUtilities(): Promise<void> {
  const { createRequire } = await import(/* @vite-ignore */ "node:module");
  const util = createRequire(import.meta.url)("node:util");
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

function notBuilt(error: Error, name: string): Error {
  if (!/native addon|tfjs_binding|libtensorflow|\.node\b/.test(error.message)) return error;
  const flag = name === "tensorflow-gpu" ? " --gpu" : "";
  return new Unavailable(`installed without its native part (npx unet-native-tensorflow${flag})`, {
    cause: error,
  });
}
