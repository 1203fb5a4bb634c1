import type { DeformedTile } from "../deform/deform-tile.js";
import { augmentationLimits } from "../limits.js";
import type { CutTileOptions } from "./cut-tile.js";
import { keepSources, type TileSources } from "./keep-sources.js";
import { sampleOrder } from "./sample-order.js";
import { startTileWorker, type TileMaker, tileMakerInThread } from "./tile-maker.js";

/** The most tiles that wait. */
const MOST_PREFETCH = 1024;

/** Options of {@link tileStream}, and those of `cutTile`. */
export interface TileStreamOptions extends Omit<CutTileOptions, "index"> {
  /** Threads that make tiles, up to 64; 0 makes each tile on the caller's thread when it is asked for. Default 1. */
  workers?: number;
  /** Tiles made ahead of the one in hand. Default: two for each worker. */
  prefetch?: number;
  /** Number of the first tile, for a run that goes on. Default 0. */
  startIndex?: number;
  /** Memory for samples that are kept once they were asked for, in bytes. Default 1 GiB. */
  keepBytes?: number;
  /** Ends the stream, which rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Is told once where no worker starts and the caller's thread makes the tiles. Default: `console.warn`. */
  onNotice?: (notice: string) => void;
}

/**
 * Training tiles without end, made in worker threads while the caller's thread computes: Node's
 * `worker_threads`, or module workers in the browser.
 *
 * Tile k is `cutTile(samples[sampleOrder(samples.length, seed)(k)], { …, seed, index: k })`, whatever the number
 * of workers and their timing. A sample is asked for when a tile first needs it, then kept, up to `keepBytes` in all;
 * the workers share its memory, or get a copy each where a page may not share memory.
 *
 * Where no worker starts, as where a bundler left its script out, the caller's thread makes the same tiles, and
 * `onNotice` is told.
 *
 * Ends where the loop over it is left (`break`, or `stream.return()`), which stops the workers. They don't keep a
 * Node process alive.
 *
 * @throws RangeError where there is no sample or an option is wrong
 * @throws what `samples.get` or `deformTile` throws, from the tile concerned; the stream then ends
 */
export async function* tileStream(
  samples: TileSources,
  {
    workers = 1,
    prefetch = 2 * workers,
    startIndex = 0,
    keepBytes = 2 ** 30,
    signal,
    onNotice = (notice) => console.warn(notice),
    ...options
  }: TileStreamOptions,
): AsyncGenerator<DeformedTile, void, undefined> {
  if (samples.length < 1) throw new RangeError("tileStream: samples must hold at least one, got none");
  const mosts = {
    workers: augmentationLimits.workers,
    prefetch: MOST_PREFETCH,
    startIndex: Number.MAX_SAFE_INTEGER,
  };
  for (const [name, value] of Object.entries({ workers, prefetch, startIndex })) {
    const most = mosts[name as keyof typeof mosts];
    if (!Number.isSafeInteger(value) || value < 0 || value > most) {
      const right = most < Number.MAX_SAFE_INTEGER ? `from 0 to ${most}` : "of at least 0";
      throw new RangeError(`tileStream: ${name} must be a whole number ${right}, got ${value}`);
    }
  }
  signal?.throwIfAborted();
  const makers: TileMaker[] = workers === 0 ? [tileMakerInThread()] : [];
  const stop = (reason: unknown) => {
    for (const maker of makers) maker.stop(reason);
  };
  const abort = () => stop(signal?.reason);
  signal?.addEventListener("abort", abort);

  const sampleAt = sampleOrder(samples.length, options.seed);
  const sourceAt = keepSources(samples, keepBytes);
  const make = async (index: number) => {
    const sample = sampleAt(index);
    const { source, kept } = await sourceAt(sample);
    return makers[index % makers.length].make({ sample, source, kept, options: { ...options, index } });
  };
  let told = false;
  const onUnavailable = (reason: string) => {
    if (!told) {
      onNotice(
        `tileStream: no worker starts here (${reason}), so tiles are made on the calling thread; ` +
          "where a bundler left its script out, the README of @unet/augmentation says how to add it",
      );
    }
    told = true;
  };
  const ahead: Promise<DeformedTile>[] = [];
  try {
    while (makers.length < workers) makers.push(await startTileWorker(onUnavailable));
    signal?.throwIfAborted();
    for (let index = startIndex; ; index++) {
      while (ahead.length <= (workers === 0 ? 0 : prefetch)) {
        const tile = make(index + ahead.length);
        // what fails ahead of its turn is told in its turn
        tile.catch(() => {});
        ahead.push(tile);
      }
      yield await (ahead.shift() as Promise<DeformedTile>);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    stop(new Error("tileStream: closed"));
  }
}
