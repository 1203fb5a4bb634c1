import type { TileSource } from "../deform/deform-tile.js";

/** What `tileStream` cuts from: an array, or anything that hands out sources by number. */
export type TileSources =
  | readonly TileSource[]
  | { readonly length: number; get(index: number): TileSource | Promise<TileSource> };

/** A source in memory that workers share, where they may; `kept` says whether it will be the same next time. */
export interface KeptSource {
  source: TileSource;
  kept: boolean;
}

/** Hands out `samples` by number, each asked for once, as long as they fit into so many bytes together. */
export function keepSources(samples: TileSources, keepBytes: number): (index: number) => Promise<KeptSource> {
  const known = new Map<number, Promise<KeptSource>>();
  let free = keepBytes;
  const load = async (index: number): Promise<KeptSource> => {
    const source = inSharedMemory("get" in samples ? await samples.get(index) : samples[index]);
    const bytes = [source.image, source.labels, source.weights].reduce(
      (sum, part) => sum + (part?.data.byteLength ?? 0),
      0,
    );
    const kept = bytes <= free;
    if (kept) free -= bytes;
    else known.delete(index);
    return { source, kept };
  };
  return (index) => {
    let source = known.get(index);
    if (!source) {
      source = load(index);
      known.set(index, source);
    }
    return source;
  };
}

/** Nothing but pixels, for sending: in shared memory where the page may, else in buffers of their own. */
function inSharedMemory({ image, labels, weights }: TileSource): TileSource {
  const { width, height, channels } = image;
  return {
    image: { width, height, channels, data: shared(image.data) },
    labels: { width: labels.width, height: labels.height, data: shared(labels.data) },
    weights: weights && { ...weights, data: shared(weights.data) },
  };
}

/** Node may always share; a page where it is isolated from other origins. */
const mayShare = typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false;

function shared<Data extends Uint8Array | Uint16Array | Int32Array | Float32Array>(data: Data): Data {
  if (!mayShare) return data.byteLength === data.buffer.byteLength ? data : (data.slice() as Data);
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const Type = data.constructor as new (buffer: SharedArrayBuffer) => Data;
  const copy = new Type(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
