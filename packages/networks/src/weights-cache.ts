import type { Network } from "./network.js";

/** The cache of all networks' weights in a browser. */
const CACHE = "@unet/networks";

/**
 * The weights as they were downloaded before, wherever from: the key is their checksum. Nothing where there is no cache,
 * as in Node, on pages that are served without TLS, and where the browser keeps none.
 */
export async function fromCache(network: Network): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const cache = await globalThis.caches?.open(CACHE);
    const found = await cache?.match(keyOf(network));
    return found && new Uint8Array(await found.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** Keeps the weights in place of those of other versions. That a browser doesn't keep them is no error. */
export async function intoCache(network: Network, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    const cache = await globalThis.caches?.open(CACHE);
    if (!cache) return;
    const key = keyOf(network);
    const folder = new URL(".", key).href;
    for (const { url } of await cache.keys())
      if (url.startsWith(folder) && url !== key) await cache.delete(url);
    await cache.put(key, new Response(bytes));
  } catch {
    // no room, or not allowed
  }
}

/** An address that is only a name. */
function keyOf({ name, card }: Network): string {
  return `https://unet.invalid/networks/${name}/${card.file.checksum.replace(":", "-")}`;
}
