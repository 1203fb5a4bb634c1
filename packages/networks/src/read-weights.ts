import { NetworkWeightsError } from "./errors.js";
import type { LoadOptions } from "./load-options.js";
import type { Network } from "./network.js";
import { fromCache, intoCache } from "./weights-cache.js";

/** The bytes of a network's weights, whose checksum is that of its card. */
export async function readWeights(
  network: Network,
  { weights = network.weights, onProgress, signal }: LoadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes: total } = network.card.file;
  const tell = (loaded: number) => onProgress?.({ loaded, total });
  signal?.throwIfAborted();
  if (weights instanceof ArrayBuffer || ArrayBuffer.isView(weights)) {
    // of its own memory, from its beginning
    const given = new Uint8Array(weights instanceof ArrayBuffer ? weights : weights.slice().buffer);
    await assertChecksum(given, network, "the weights that were given");
    return given;
  }
  const where = addressOf(weights);
  if (where.protocol === "file:") {
    const bytes = await readFile(where, network, signal);
    await assertChecksum(bytes, network, where.href);
    tell(total);
    return bytes;
  }
  const kept = await fromCache(network);
  if (kept && !(await problemWith(kept, network))) {
    tell(total);
    return kept;
  }
  const bytes = await download(where, network, tell, signal);
  await assertChecksum(bytes, network, where.href);
  await intoCache(network, bytes);
  return bytes;
}

/** Addresses in a page are relative to it. */
function addressOf(weights: URL | string): URL {
  try {
    return new URL(weights, globalThis.location?.href);
  } catch (cause) {
    throw new NetworkWeightsError(`loadNetwork: weights must be a URL or bytes, got "${weights}"`, { cause });
  }
}

async function readFile(
  where: URL,
  network: Network,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { fs } = await import("@unet/image/node");
  try {
    return new Uint8Array(await fs.readFile(where, { signal }));
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw unreadable(network, where, (cause as Error).message, cause);
  }
}

/** Reads no more than the card says that there is. */
async function download(
  where: URL,
  network: Network,
  tell: (loaded: number) => void,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes: total } = network.card.file;
  const fail = (problem: string, cause?: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw unreadable(network, where, problem, cause);
  };
  const response = await fetch(where, { signal }).catch((cause) => fail(cause.message, cause));
  if (!response.ok) fail(`${response.status} ${response.statusText}`.trim());
  const reader = response.body?.getReader();
  const bytes = new Uint8Array(total);
  let loaded = 0;
  try {
    for (;;) {
      const { value } = (await reader?.read().catch((cause) => fail(cause.message, cause))) ?? {};
      if (!value) break;
      if (loaded + value.length > total) fail(`it has more than the ${total} bytes of its card`);
      bytes.set(value, loaded);
      loaded += value.length;
      tell(loaded);
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
  if (loaded < total) fail(`it ends after ${loaded} of ${total} bytes`);
  return bytes;
}

function unreadable({ name }: Network, where: URL, problem: string, cause?: unknown): NetworkWeightsError {
  return new NetworkWeightsError(
    `loadNetwork: the weights of "${name}" can't be read from ${where.href} (${problem}); put ${name}.bin of the package's folder weights there, or give its address or bytes as the option weights`,
    { cause },
  );
}

async function assertChecksum(
  bytes: Uint8Array<ArrayBuffer>,
  network: Network,
  where: string,
): Promise<void> {
  const problem = await problemWith(bytes, network);
  if (problem === undefined) return;
  throw new NetworkWeightsError(
    `loadNetwork: ${where}: not the weights of "${network.name}" in this version, or damaged: ${problem}`,
  );
}

/** How bytes differ from what the card says of the file. */
async function problemWith(
  bytes: Uint8Array<ArrayBuffer>,
  { card: { file } }: Network,
): Promise<string | undefined> {
  if (bytes.length !== file.bytes) return `${bytes.length} bytes, ${file.bytes} expected`;
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", bytes);
  if (!digest) return undefined;
  const digits = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `sha256:${digits}` === file.checksum ? undefined : `sha256:${digits}, ${file.checksum} expected`;
}
