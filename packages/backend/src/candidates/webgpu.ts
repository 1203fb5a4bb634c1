import * as tf from "@tensorflow/tfjs-core";
import { optional, Unavailable } from "../errors.js";
import { inNode } from "../names.js";
import type { Candidate } from "./candidate.js";

export const webgpu: Candidate = {
  name: "webgpu",
  async start(asked) {
    const gpu = inNode ? await gpuOfNode() : navigator.gpu;
    if (!gpu) throw new Unavailable("this browser has no WebGPU");
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) throw new Unavailable("WebGPU found no adapter");
    const device = describe(adapter.info);
    if (!asked && isSoftware(adapter)) throw new Unavailable(`only a software adapter was found (${device})`);
    const { WebGPUBackend } = await optional("@tensorflow/tfjs-backend-webgpu", loadWithoutRegistration);
    const opened = await adapter.requestDevice(deviceFor(adapter));
    // The package's own registration asks for a nested list of features, which Dawn refuses.
    tf.removeBackend("webgpu");
    tf.registerBackend("webgpu", () => new WebGPUBackend(opened as never, adapter.info as never), 3);
    await tf.setBackend("webgpu");
    return { device };
  },
};

/** Dawn, without `navigator.gpu`: that would keep the process from ending. */
async function gpuOfNode(): Promise<GPU> {
  const packageName = "webgpu";
  const { create, globals } = await optional(packageName, () => import(/* @vite-ignore */ packageName));
  Object.assign(globalThis, globals);
  return create([]);
}

/** In Node there is no `navigator.gpu` at import, so the package registers nothing by itself. */
function loadWithoutRegistration() {
  return import("@tensorflow/tfjs-backend-webgpu");
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

function isSoftware({ info }: GPUAdapter): boolean {
  const { isFallbackAdapter = false } = info as { isFallbackAdapter?: boolean };
  return isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(describe(info));
}

function describe(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
  return [...new Set(words)].join(" ") || "unnamed adapter";
}
