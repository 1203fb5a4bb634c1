/** What a worker offers: each method takes one argument, and may answer later. */
export type Service = Record<string, (argument: never, context: Context) => unknown>;

/** What a method is given beside its argument. */
export interface Context {
  /** Aborted where the caller no longer wants the answer. */
  signal: AbortSignal;
  /** Tells the caller how far it is. */
  progress(event: unknown): void;
}

/** How a method is called. */
interface CallOptions {
  transfer?: Transferable[];
  signal?: AbortSignal;
  onProgress?: (event: never) => void;
}

/** A worker's methods, as they are called from outside. */
export interface Client<S extends Service> {
  call<Name extends keyof S & string>(
    method: Name,
    argument: Parameters<S[Name]>[0],
    options?: CallOptions,
  ): Promise<Awaited<ReturnType<S[Name]>>>;
  /** Ends the worker; what is under way rejects. */
  end(): void;
}

type Message =
  | { id: number; method: string; argument: unknown }
  | { id: number; abort: true }
  | { id: number; progress: unknown }
  | { id: number; result: unknown }
  | { id: number; error: { name: string; message: string } };

const transfers = new WeakMap<object, Transferable[]>();

/** Marks what is handed over, not copied, when `value` is the answer of a method. */
export function handingOver<T extends object>(value: T, list: Transferable[]): T {
  transfers.set(value, list);
  return value;
}

/** Answers calls in a worker. */
export function serve(service: Service): void {
  const running = new Map<number, AbortController>();
  const tell = (message: Message, list: Transferable[] = []) => self.postMessage(message, { transfer: list });
  self.onmessage = async ({ data }: MessageEvent<Message>) => {
    const { id } = data;
    if ("abort" in data) return running.get(id)?.abort();
    if (!("method" in data)) return;
    const controller = new AbortController();
    running.set(id, controller);
    const context: Context = {
      signal: controller.signal,
      progress: (progress) => tell({ id, progress }),
    };
    try {
      const method = service[data.method] as (argument: unknown, context: Context) => unknown;
      const result = await method(data.argument, context);
      tell({ id, result }, transfers.get(result as object) ?? []);
    } catch (error) {
      const { name, message } = error as Error;
      tell({ id, error: { name: name ?? "Error", message: message ?? String(error) } });
    } finally {
      running.delete(id);
    }
  };
}

/**
 * Calls the methods of a worker that `serve`s them.
 *
 * @param onCrash is told where the worker can't be started or stops by itself
 */
export function connect<S extends Service>(worker: Worker, onCrash?: (reason: string) => void): Client<S> {
  interface Waiting {
    resolve: (value: never) => void;
    reject: (error: Error) => void;
    onProgress?: (event: never) => void;
  }
  const waiting = new Map<number, Waiting>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<Message>) => {
    const call = waiting.get(data.id);
    if (!call) return;
    if ("progress" in data) return call.onProgress?.(data.progress as never);
    waiting.delete(data.id);
    if ("result" in data) call.resolve(data.result as never);
    else if ("error" in data) call.reject(asError(data.error));
  };
  const fail = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  worker.onerror = (event) => {
    const reason = event.message || "a part of the page could not be loaded; reload it";
    fail(reason);
    onCrash?.(reason);
  };
  return {
    call(method, argument, { transfer = [], signal, onProgress } = {}) {
      return new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject, onProgress });
        worker.postMessage({ id, method, argument }, transfer);
        signal?.addEventListener("abort", () => worker.postMessage({ id, abort: true }), { once: true });
        if (signal?.aborted) worker.postMessage({ id, abort: true });
      });
    },
    end() {
      worker.terminate();
      fail("stopped");
    },
  };
}

function asError({ name, message }: { name: string; message: string }): Error {
  return name === "AbortError"
    ? new DOMException(message, name)
    : Object.assign(new Error(message), { name });
}

/** Whether an error says that the work was stopped by the user. */
export function isAbort(error: unknown): boolean {
  return (error as Error | undefined)?.name === "AbortError";
}
