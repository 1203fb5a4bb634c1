import type { DeformedTile, TileSource } from "../deform/deform-tile.js";
import { type CutTileOptions, cutTile } from "./cut-tile.js";

/** What a worker is asked. */
export interface TileRequest {
  /** Number of the sample. */
  sample: number;
  /** The sample, the first time; every time where it is not kept. */
  source?: TileSource;
  /** Whether requests to come leave the sample out. */
  kept: boolean;
  options: CutTileOptions;
}

/** What a worker answers, in the order it was asked. */
export type TileReply = { tile: DeformedTile; error?: undefined } | { tile?: undefined; error: unknown };

/** What a worker says first, once its script runs. */
export const READY = "ready";

/** The worker's side: answers requests, and remembers the samples that it was told to keep. */
export function serveTiles(): (request: TileRequest) => TileReply {
  const known = new Map<number, TileSource>();
  return ({ sample, source = known.get(sample), kept, options }) => {
    try {
      if (kept && source) known.set(sample, source);
      return { tile: cutTile(source as TileSource, options) };
    } catch (error) {
      return { error };
    }
  };
}

/** The memory of an answer, which moves to the thread that asked. */
export function transferable({ tile }: TileReply): ArrayBuffer[] {
  return [tile?.image, tile?.labels, tile?.weights].flatMap((part) =>
    part ? [part.data.buffer as ArrayBuffer] : [],
  );
}
