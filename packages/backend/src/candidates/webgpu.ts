import * as tf from "@tensorflow/tfjs-core";
import { Unavailable, unavailable } from "../errors.js";
import { inNode } from "../names.js";
import { packageOfNode } from "../package-of-node.js";
import type { Candidate, Started } from "./candidate.js";
import { askChild } from "./child.js";

const request: GPURequestAdapterOptions = { powerPreference: "high-performance" };

/** What {@link describe} wants to know of an adapter. */
type AdapterInfo = Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description"> & {
  isFallbackAdapter?: boolean;
};

/** Looks for an adapter with the `webgpu` package at `process.argv[1]`. */
const probeProgram = `
  import(require("url").pathToFileURL(process.argv[1])).then(async ({ create }) => {
    const adapter = await create([]).requestAdapter(${JSON.stringify(request)});
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
    console.log(JSON.stringify(adapter && { vendor, architecture, device, description, isFallbackAdapter }));
    process.exit();
  });
`;

/**
 * The backend of our making: TensorFlow.js would drop it, and its tensors, were it registered again. Dawn
 * crashes where its `gpu` is collected as garbage before the device.
 */
let running: { gpu: GPU; factory: () => tf.KernelBackend; started: Started } | undefined;

export const webgpu: Candidate = {
  name: "webgpu",
  probe,
  async start(asked) {
    if (running && tf.findBackendFactory("webgpu") === running.factory) {
      await tf.setBackend("webgpu");
      return running.started;
    }
    const started = await probe();
    if (!asked && started.notes) throw new Unavailable(`${started.notes[0]} (${started.device})`);
    const { WebGPUBackend } = await loadPackage();
    const gpu = inNode ? await dawn() : navigator.gpu;
    const adapter = await gpu.requestAdapter(request);
    if (!adapter) throw new Unavailable("WebGPU lost its adapter");
    const device = await adapter.requestDevice(deviceFor(adapter));
    const backend = withNavigator(gpu, () => new WebGPUBackend(device as never, adapter.info as never));
    const factory = () => backend;
    // The package's own registration, in browsers, asks for a nested list of features, which is refused.
    if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
    tf.registerBackend("webgpu", factory, 3);
    await tf.setBackend("webgpu");
    running = { gpu, factory, started };
    return started;
  },
};

async function loadPackage() {
  try {
    return await import("@tensorflow/tfjs-backend-webgpu");
  } catch (cause) {
    throw unavailable("@tensorflow/tfjs-backend-webgpu", cause);
  }
}

/** In Node in a process of its own, since Dawn complains on stderr where it finds no driver. */
async function probe(): Promise<Started> {
  const info = inNode
    ? await askChild<AdapterInfo | null>("webgpu", probeProgram)
    : (await browserGpu().requestAdapter(request))?.info;
  if (!info)
    throw new Unavailable(
      `WebGPU found no adapter${inNode ? " (in Node it needs a driver of Vulkan, Metal or Direct3D 12)" : ""}`,
    );
  return describe(info);
}

function browserGpu(): GPU {
  if (!navigator.gpu) throw new Unavailable("this browser has no WebGPU");
  return navigator.gpu;
}

/** Dawn, without a lasting `navigator.gpu`: that would keep the process from ending. */
async function dawn(): Promise<GPU> {
  const { create, globals } = await packageOfNode<typeof import("webgpu")>("webgpu").catch((cause) => {
    throw unavailable("webgpu", cause);
  });
  Object.assign(globalThis, globals);
  return create([]);
}

/** In Node the package must find a `navigator.gpu` while it makes a backend. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  if (!inNode) return make();
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}

function deviceFor(adapter: GPUAdapter): GPUDeviceDescriptor {
  const { limits } = adapter;
  const names = [
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
    "maxBufferSize",
    "maxComputeWorkgroupSizeX",
    "maxComputeInvocationsPerWorkgroup",
  ] as const;
  return {
    requiredFeatures: (["timestamp-query", "bgra8unorm-storage"] as const).filter((name) =>
      adapter.features.has(name),
    ),
    requiredLimits: Object.fromEntries(names.map((name) => [name, limits[name]])),
  };
}

function describe(info: AdapterInfo): Started {
  const words = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
  const device = [...new Set(words)].join(" ") || "unnamed adapter";
  const software =
    info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(device);
  return software ? { device, notes: ["only a software adapter was found"] } : { device };
}
