import * as tf from "@tensorflow/tfjs-core";
import type { Candidate, Started, StartOptions } from "./candidates/candidate.js";
import { cpu } from "./candidates/cpu.js";
import { simd } from "./candidates/simd.js";
import { tensorflow, tensorflowGpu } from "./candidates/tensorflow.js";
import { wasm } from "./candidates/wasm.js";
import { webgl } from "./candidates/webgl.js";
import { webgpu } from "./candidates/webgpu.js";
import { BackendUnavailableError } from "./errors.js";
import { type BackendName, backendNames, defaultOrder } from "./names.js";
import { findSecondCore } from "./second-core.js";

const candidates: Record<BackendName, Candidate> = {
  "tensorflow-gpu": tensorflowGpu,
  tensorflow,
  webgpu,
  simd,
  wasm,
  webgl,
  cpu,
};

/** Options of {@link useBackend}. */
export interface UseBackendOptions extends StartOptions {
  /** Which to try, in this order. Default: the fastest first, see {@link defaultOrder}. */
  prefer?: readonly BackendName[];
  /** Whether `UNET_BACKEND` comes before `prefer`. Default true. */
  environment?: boolean;
}

/** Why a backend was not taken. */
export interface Skipped {
  name: BackendName;
  reason: string;
}

/** The backend that all packages compute on from now on. */
export interface BackendInfo extends Started {
  name: BackendName;
  /** What came before it in the order, and why it was not taken. */
  skipped: Skipped[];
}

/**
 * Starts the first backend of the order that can be had, and makes it TensorFlow.js's current one. What was
 * skipped, and why, is in the answer. Calls at the same time wait for each other. The environment variable `UNET_BACKEND`
 * (Node) names the only one that will do, unless `environment` is false.
 *
 * @throws RangeError for a name that is none
 * @throws BackendUnavailableError where none can be had, or not the one that `UNET_BACKEND` names, or where
 *   there are two copies of tfjs-core
 */
export function useBackend(options: UseBackendOptions = {}): Promise<BackendInfo> {
  // TensorFlow.js lets a start that is under way fail where another begins
  const mine = lastStart.then(() => startFirst(options));
  lastStart = mine.catch(() => {});
  return mine;
}

/** The start that was asked for last, once it has ended. */
let lastStart: Promise<unknown> = Promise.resolve();

async function startFirst(options: UseBackendOptions): Promise<BackendInfo> {
  const second = await findSecondCore();
  if (second) throw new BackendUnavailableError(second);
  const forced = options.environment === false ? undefined : forcedName();
  const order = forced ? [forced] : checkNames(options.prefer ?? defaultOrder, "useBackend: prefer");
  const asked = forced !== undefined || options.prefer !== undefined;
  const skipped: Skipped[] = [];
  for (const name of order) {
    try {
      const started = await candidates[name].start(asked, options);
      await tf.ready();
      return { name, ...started, skipped };
    } catch (error) {
      skipped.push({ name, reason: (error as Error).message });
    }
  }
  const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  const which = forced ? `UNET_BACKEND=${forced} can't be had` : "no backend can be had";
  throw new BackendUnavailableError(`${which} (${reasons})`);
}

/** What {@link probeBackends} says of one backend. */
export interface BackendProbe extends Started {
  name: BackendName;
  available: boolean;
  /** Why it can't be had. */
  reason?: string;
}

/**
 * Tries every backend, first those of {@link defaultOrder} in its order, and leaves the current backend as it
 * is. In Node the native packages and WebGPU are tried in processes of their own. `notes` tell of an
 * available one why `useBackend` passes over it unless it is named.
 */
export async function probeBackends(options: StartOptions = {}): Promise<BackendProbe[]> {
  const others = backendNames.filter((name) => !defaultOrder.includes(name));
  return Promise.all(
    [...defaultOrder, ...others].map(async (name) => {
      try {
        return { name, available: true, ...(await candidates[name].probe(options)) };
      } catch (error) {
        return { name, available: false, reason: (error as Error).message };
      }
    }),
  );
}

function forcedName(): BackendName | undefined {
  const name = typeof process === "undefined" ? undefined : process.env?.UNET_BACKEND;
  return name ? checkNames([name as BackendName], "UNET_BACKEND")[0] : undefined;
}

function checkNames(names: readonly BackendName[], where: string): readonly BackendName[] {
  if (names.length === 0)
    throw new RangeError(`${where} is empty; name at least one of ${backendNames.join(", ")}`);
  for (const name of names) {
    if (!backendNames.includes(name)) {
      throw new RangeError(`${where}: there is no backend "${name}"; there are ${backendNames.join(", ")}`);
    }
  }
  return names;
}
