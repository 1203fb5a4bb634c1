import { builtin } from "./node.js";
import { workerScript } from "./worker-script.js";

/** Another thread. */
export interface Thread {
  end(): void;
}

/** The processor's threads that this process may use; 1 on a page's main thread, which may not wait for others. */
export function defaultThreads(): number {
  if (!mayWait()) return 1;
  const os = builtin<typeof import("node:os")>("os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may sleep until another one wakes it: all but a page's main thread. */
export function mayWait(): boolean {
  return typeof window === "undefined" || typeof document === "undefined";
}

/**
 * Starts a thread that serves with `data`, and doesn't keep the process alive.
 *
 * @param onEnd is told where it ends by itself, or never starts
 * @returns nothing where no thread can be started
 */
export function startThread(data: object, onEnd: () => void): Thread | undefined {
  try {
    const node = builtin<typeof import("node:worker_threads")>("worker_threads");
    return node ? startInNode(node, data, onEnd) : startInBrowser(data, onEnd);
  } catch {
    return undefined;
  }
}

function startInNode(
  { Worker }: typeof import("node:worker_threads"),
  workerData: object,
  onEnd: () => void,
): Thread {
  // without the flags of this process, which may load modules into each thread
  const worker = new Worker(workerScript, { eval: true, workerData, execArgv: [], name: "unet-simd" });
  worker.unref();
  worker.on("error", onEnd).on("exit", onEnd);
  return { end: () => void worker.terminate() };
}

function startInBrowser(data: object, onEnd: () => void): Thread | undefined {
  if (typeof Worker !== "function") return undefined;
  const url = URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "unet-simd" });
  worker.onerror = onEnd;
  worker.postMessage(data);
  return { end: () => worker.terminate() };
}
