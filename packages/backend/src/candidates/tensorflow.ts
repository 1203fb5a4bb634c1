import * as tf from "@tensorflow/tfjs-core";
import { Unavailable, unavailable } from "../errors.js";
import { inNode } from "../names.js";
import { packageOfNode } from "../package-of-node.js";
import { registerBatchNormalisation } from "../tensorflow/batch-normalisation.js";
import { registerReluGradient } from "../tensorflow/relu-gradient.js";
import type { Candidate, Started } from "./candidate.js";
import { askChild } from "./child.js";

export const tensorflow = nativeCandidate("tensorflow", "@tensorflow/tfjs-node");
export const tensorflowGpu = nativeCandidate("tensorflow-gpu", "@tensorflow/tfjs-node-gpu");

/** The part of tfjs-node's own backend that says what it is. */
interface DescribedBackend {
  isGPUPackage: boolean;
  isUsingGpuDevice: boolean;
  binding: { TF_Version?: string };
}

/** What {@link describe} wants to know. */
interface NativeState {
  gpu: boolean;
  version?: string;
}

/** Multiplies two matrices with the package at `process.argv[1]`. */
const probeProgram = `
  const util = require("util");
  util.isNullOrUndefined = (value) => value === null || value === undefined;
  util.isArray = Array.isArray;
  try {
    const tf = require(process.argv[1]);
    const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0];
    if (product !== 11) throw new Error("a product of matrices came out as " + product);
    const { isUsingGpuDevice, binding } = tf.backend();
    console.log(JSON.stringify({ gpu: isUsingGpuDevice, version: binding.TF_Version }));
  } catch (error) {
    console.error(error.message.split("\\n")[0]);
    process.exitCode = 1;
  }
`;

function nativeCandidate(name: "tensorflow" | "tensorflow-gpu", packageName: string): Candidate {
  const wantsGpu = name === "tensorflow-gpu";

  /** In a process of its own, since one process can load only one of the two packages. */
  async function probe(): Promise<Started> {
    if (!inNode) throw new Unavailable("needs Node");
    const state = await askChild<NativeState>(packageName, probeProgram).catch((error) => {
      throw notBuilt(error, wantsGpu);
    });
    return describe(state, wantsGpu);
  }

  return {
    name,
    probe,
    async start(asked) {
      if (!inNode) throw new Unavailable("needs Node");
      const standIn = !asked && wantsGpu ? (await probe()).notes?.[0] : undefined;
      if (standIn) throw new Unavailable(standIn);
      const loaded = tf.findBackend("tensorflow") as unknown as DescribedBackend | null;
      if (loaded && loaded.isGPUPackage !== wantsGpu) {
        throw new Unavailable("the other native package is loaded in this process; only one can be");
      }
      // TensorFlow would tell of every library that it does not find.
      process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
      // Its faster convolutions, which it takes by itself only on processors with AVX-512.
      process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
      await restoreNodeUtilities();
      await packageOfNode(packageName).catch((cause) => {
        throw notBuilt(unavailable(packageName, cause), wantsGpu);
      });
      registerReluGradient();
      registerBatchNormalisation();
      await tf.setBackend("tensorflow");
      const { isUsingGpuDevice, binding } = tf.backend() as unknown as DescribedBackend;
      return describe({ gpu: isUsingGpuDevice, version: binding.TF_Version }, wantsGpu);
    },
  };
}

function describe({ gpu, version = "of unknown version" }: NativeState, wantsGpu: boolean): Started {
  const device = `${gpu ? "GPU" : "CPU"}, TensorFlow ${version}`;
  return wantsGpu && !gpu
    ? { device, notes: ["the GPU build found no GPU and computes on the CPU"] }
    : { device };
}

/** tfjs-node calls functions of `util` that Node 22 warns of and Node 23 removed. */
async function restoreNodeUtilities(): Promise<void> {
  const { modules } = await import("@unet/image/node");
  const util = modules.createRequire(import.meta.url)("util");
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

function notBuilt(error: Error, wantsGpu: boolean): Error {
  if (!/native addon|tfjs_binding|libtensorflow|\.node\b/.test(error.message)) return error;
  const command = `npx unet-native-tensorflow${wantsGpu ? " --gpu" : ""}`;
  return new Unavailable(`installed without its native part (${command})`, { cause: error });
}
