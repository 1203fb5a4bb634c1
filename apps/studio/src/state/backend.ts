import { backend, notify } from "./store.js";
import { computing, endComputing } from "./workers.js";

/** Starts the backend, the one that the address names (`?backend=cpu`) or the fastest. */
export async function startBackend(): Promise<void> {
  await start(new URLSearchParams(location.search).get("backend") ?? undefined);
}

/**
 * Goes on without the GPU where it was lost, or has too little memory: another worker computes on the processor.
 *
 * @returns whether there was another way
 */
export async function fallBack(error: Error): Promise<boolean> {
  const started = backend.value;
  if (!started || "problem" in started || !/^web(gpu|gl)$/.test(started.name)) return false;
  if (!/lost|destroyed|out of memory|allocation|context|device/i.test(error.message)) return false;
  endComputing();
  await start("simd");
  const now = backend.value;
  if (!now || "problem" in now) return false;
  notify(`${started.name} can't go on (${error.message}); computing on ${now.name} from here on`, "error");
  return true;
}

async function start(prefer: string | undefined): Promise<void> {
  try {
    backend.value = await computing().call("start", { prefer });
  } catch (error) {
    backend.value = { problem: (error as Error).message };
  }
}
