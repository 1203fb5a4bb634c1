import type { DeformedTile, TileSource } from "../deform/deform-tile.js";
import { READY, serveTiles, type TileReply, type TileRequest } from "./serve-tiles.js";

/** What a tile is made of: a sample by number, and how to cut. */
interface TileOrder extends TileRequest {
  source: TileSource;
}

/** Makes tiles, one after the other. */
export interface TileMaker {
  make(order: TileOrder): Promise<DeformedTile>;
  /** Rejects all tiles that are not made yet with `reason`, and frees the thread. */
  stop(reason: unknown): void;
}

/** The two kinds of worker, Node's and the browser's, as one. */
interface Thread {
  post(request: TileRequest): void;
  /** Whether the process waits for the thread. */
  hold(held: boolean): void;
  terminate(): void;
}

interface Listener {
  reply(reply: TileReply | typeof READY): void;
  fail(error: Error): void;
}

/** Makes tiles where it is called. */
export function tileMakerInThread(): TileMaker {
  let failure: { reason: unknown } | undefined;
  const serve = serveTiles();
  return {
    async make(order) {
      if (failure) throw failure.reason;
      return tileOf(serve(order));
    },
    stop(reason) {
      failure = { reason };
    },
  };
}

/**
 * Starts a thread that makes tiles. Where none starts, because a bundler left its script out or a page may have no
 * workers, they are made where it is called.
 *
 * @param onUnavailable is told the reason
 */
export async function startTileWorker(onUnavailable: (reason: string) => void): Promise<TileMaker> {
  const waiting: { order: TileOrder; resolve(tile: DeformedTile): void; reject(reason: unknown): void }[] =
    [];
  const sent = new Set<number>();
  let failure: { reason: unknown } | undefined;
  let standIn: TileMaker | undefined;
  let ready = false;
  let thread: Thread | undefined;
  const stop = (reason: unknown) => {
    failure ??= { reason };
    thread?.terminate();
    standIn?.stop(failure.reason);
    for (const { reject } of waiting.splice(0)) reject(failure.reason);
  };
  const makeHere = (error: Error) => {
    const maker = tileMakerInThread();
    standIn = maker;
    thread?.terminate();
    onUnavailable(error.message);
    for (const { order, resolve, reject } of waiting.splice(0)) maker.make(order).then(resolve, reject);
  };
  const listener: Listener = {
    reply(reply) {
      if (reply === READY) {
        ready = true;
        return;
      }
      const next = waiting.shift();
      if (waiting.length === 0) thread?.hold(false);
      try {
        next?.resolve(tileOf(reply));
      } catch (error) {
        next?.reject(error);
      }
    },
    fail(error) {
      if (failure || standIn) return;
      if (!ready) return makeHere(error);
      const message = `tileStream: a worker stopped: ${error.message}; with workers: 0 none is needed`;
      stop(new Error(message, { cause: error }));
    },
  };
  try {
    thread = await startThread(listener);
  } catch (error) {
    makeHere(error as Error);
  }
  return {
    async make(order) {
      if (failure) throw failure.reason;
      if (standIn || !thread) return (standIn as TileMaker).make(order);
      const { source, ...request } = order;
      thread.post(sent.has(request.sample) ? request : order);
      if (request.kept) sent.add(request.sample);
      thread.hold(true);
      return new Promise((resolve, reject) => waiting.push({ order, resolve, reject }));
    },
    stop,
  };
}

function tileOf({ tile, error }: TileReply): DeformedTile {
  if (!tile) throw error;
  return tile;
}

function startThread(listener: Listener): Promise<Thread> {
  const inNode = typeof process !== "undefined" && typeof process.versions?.node === "string";
  return inNode ? startInNode(listener) : startInBrowser(listener);
}

async function startInNode({ reply, fail }: Listener): Promise<Thread> {
  const { Worker } = (await import("@unet/image/node")).workerThreads;
  // the program's own flags, such as --input-type, don't concern it
  const worker = new Worker(beside(import.meta.url, "./node-worker.js"), { execArgv: [] });
  worker.on("message", reply);
  worker.on("error", fail);
  worker.on("messageerror", fail);
  worker.on("exit", (code) => fail(new Error(`it exited with code ${code}`)));
  worker.unref();
  return {
    post: (request) => worker.postMessage(request),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

/** A file beside a module. Bundlers for the browser, which look for `new URL(…, import.meta.url)`, don't follow it. */
function beside(module: string, name: string): URL {
  return new URL(name, module);
}

async function startInBrowser({ reply, fail }: Listener): Promise<Thread> {
  // as bundlers know it: a worker of its own, from this very expression
  const worker = new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => reply(data);
  worker.onerror = ({ message }) => fail(new Error(message || "its script could not be loaded"));
  worker.onmessageerror = () => fail(new Error("its answer could not be read"));
  return {
    post: (request) => worker.postMessage(request),
    hold: () => {},
    terminate: () => worker.terminate(),
  };
}
