import { backend } from "./store.js";
import { computing } from "./workers.js";

/** Starts the backend, the one that the address names (`?backend=cpu`) or the fastest. */
export async function startBackend(): Promise<void> {
  const prefer = new URLSearchParams(location.search).get("backend") ?? undefined;
  try {
    backend.value = await computing().call("start", { prefer });
  } catch (error) {
    backend.value = { problem: (error as Error).message };
  }
}
