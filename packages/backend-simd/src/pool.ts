import { ARGUMENTS, CONTROL_BYTES, FIELD_BYTES, Field, MOST_ARGUMENTS, Word } from "./control.js";
import type { Memory } from "./memory.js";
import { variantFor } from "./module.js";
import { mayWait, startThread, type Thread } from "./threads.js";

/** Most threads; more would wait for the memory, not for each other. */
export const MOST_THREADS = 64;
/** Parts for each thread: those that are done early take more of them. */
const PARTS = 4;
/** How often the caller looks whether the others are done before it sleeps; a look takes some nanoseconds. */
const LOOKS = 10_000;
/** Milliseconds without progress after which a thread counts as dead. */
const PATIENCE = 60_000;

type Kernel = (...args: number[]) => void;

/**
 * Runs kernels on all threads. The caller's thread does its share and waits for the others', so that a kernel is done
 * when {@link run} returns. A job is cut into parts, which each thread takes one after the other; a thread that isn't
 * up yet takes none. Threads sleep when there is nothing to do, and don't keep a process alive.
 *
 * ```ts
 * const pool = new Pool(memory);
 * const [x, output] = [memory.allocate(4000), memory.allocate(4000)];
 * pool.run("relu", [x, output, 0], 1000, 0, 64);
 * ```
 */
export class Pool {
  /** Whether the kernels multiply and add in one instruction. */
  readonly relaxed: boolean;
  readonly #module: WebAssembly.Module;
  readonly #kernels: Record<string, Kernel>;
  readonly #names: string[];
  readonly #control: ArrayBufferLike;
  readonly #state: Int32Array;
  readonly #words: Float64Array;
  readonly #patience: number;
  #others: Thread[] = [];
  /** The most threads since the last {@link resize}, dead ones too. */
  #seats = 1;
  #failure: string | undefined;
  #scratch = 0;
  #scratchBytes = 0;

  /**
   * @param patience milliseconds without progress after which a thread counts as dead
   * @throws Error where the engine has no SIMD
   */
  constructor(
    readonly memory: Memory,
    patience = PATIENCE,
  ) {
    const { binary, relaxed } = variantFor(memory.shared);
    this.relaxed = relaxed;
    this.#module = new WebAssembly.Module(binary);
    const { exports } = new WebAssembly.Instance(this.#module, { env: { memory: memory.wasm } });
    this.#kernels = exports as Record<string, Kernel>;
    this.#names = Object.keys(exports);
    this.#control = memory.shared ? new SharedArrayBuffer(CONTROL_BYTES) : new ArrayBuffer(CONTROL_BYTES);
    this.#state = new Int32Array(this.#control, 0, FIELD_BYTES / 4);
    this.#words = new Float64Array(this.#control, FIELD_BYTES);
    this.#patience = patience;
  }

  /** Threads that compute, the caller's among them. */
  get threads(): number {
    return 1 + this.#others.length;
  }

  /** Starts or ends threads so that there are `count`; one where memory can't be shared, or threads can't be started. */
  resize(count: number): void {
    const wanted = this.memory.shared ? count : 1;
    if (wanted === this.threads) return;
    this.dispose();
    this.#seats = wanted;
    const data = {
      module: this.#module,
      memory: this.memory.wasm,
      control: this.#control,
      names: this.#names,
    };
    for (let index = 1; index < wanted; index++) {
      const thread = startThread({ ...data, index }, () => {
        this.#others = this.#others.filter((other) => other !== thread);
      });
      if (thread) this.#others.push(thread);
    }
  }

  /**
   * Calls `kernel` for the items 0 … `items` − 1, in parts: with `args`, where the part begins and ends, and where the
   * thread's scratch memory lies.
   *
   * @param scratch bytes of memory that each thread has for itself meanwhile
   * @param grain parts begin at multiples of it
   * @throws Error where a thread failed or died; from then on always, since what it left may be wrong
   */
  run(kernel: string, args: readonly number[], items: number, scratch = 0, grain = 1): void {
    const compute = this.#kernels[kernel];
    if (!compute) throw new RangeError(`backend simd: there is no kernel "${kernel}"`);
    if (this.#failure) throw new Error(this.#failure);
    if (items <= 0) return;
    const stride = Math.ceil(scratch / 64) * 64;
    const area = stride > 0 ? this.#scratchOf(stride * this.#seats) : 0;
    const units = Math.ceil(items / grain);
    const parts = Math.min(units, this.threads * PARTS);
    if (parts === 1 || this.#others.length === 0) {
      compute(...args, 0, items, area);
      return;
    }
    if (args.length > MOST_ARGUMENTS) throw new RangeError(`backend simd: ${kernel} has too many arguments`);
    const state = this.#state;
    const first = Atomics.load(state, Field.next);
    Atomics.add(state, Field.job, 1);
    const words = this.#words;
    words[Word.kernel] = this.#names.indexOf(kernel);
    words[Word.first] = first;
    words[Word.parts] = parts;
    words[Word.units] = units;
    words[Word.grain] = grain;
    words[Word.items] = items;
    words[Word.scratch] = area;
    words[Word.stride] = stride;
    words[Word.count] = args.length;
    words.set(args, ARGUMENTS);
    Atomics.add(state, Field.job, 1);
    Atomics.notify(state, Field.job);
    try {
      for (let part = this.#take(first, parts); part >= 0; part = this.#take(first, parts)) {
        const begin = Math.floor((units * part) / parts) * grain;
        const end = Math.min(items, Math.floor((units * (part + 1)) / parts) * grain);
        compute(...args, begin, end, area);
        Atomics.add(state, Field.done, 1);
      }
    } catch (cause) {
      this.#failure = `backend simd: the kernel ${kernel} failed: ${(cause as Error).message}`;
      throw new Error(this.#failure, { cause });
    }
    this.#await(first + parts, kernel);
  }

  /** Ends the other threads. */
  dispose(): void {
    for (const thread of this.#others) thread.end();
    this.#others = [];
    this.#seats = 1;
  }

  /** The number of a part that is now this thread's, −1 where all are taken. */
  #take(first: number, parts: number): number {
    const state = this.#state;
    for (;;) {
      const next = Atomics.load(state, Field.next);
      const part = (next - first) | 0;
      if (part >= parts) return -1;
      if (Atomics.compareExchange(state, Field.next, next, (next + 1) | 0) === next) return part;
    }
  }

  /** Waits until as many parts were done as were taken. */
  #await(target: number, kernel: string): void {
    const state = this.#state;
    let done = Atomics.load(state, Field.done);
    let since = 0;
    for (let looks = 0; (target - done) | 0; looks++) {
      if (looks > LOOKS) {
        since ||= performance.now();
        if (mayWait()) Atomics.wait(state, Field.done, done, this.#patience);
        if (performance.now() - since > this.#patience && Atomics.load(state, Field.done) === done) {
          this.#failure = `backend simd: a thread died in the kernel ${kernel}; start the program again`;
          throw new Error(this.#failure);
        }
      }
      const now = Atomics.load(state, Field.done);
      if (now !== done) since = 0;
      done = now;
    }
    if (Atomics.load(state, Field.failed)) {
      this.#failure = `backend simd: the kernel ${kernel} failed in another thread`;
      throw new Error(this.#failure);
    }
  }

  #scratchOf(bytes: number): number {
    if (bytes > this.#scratchBytes) {
      if (this.#scratchBytes > 0) this.memory.free(this.#scratch);
      this.#scratchBytes = 0;
      this.#scratch = this.memory.allocate(bytes);
      this.#scratchBytes = bytes;
    }
    return this.#scratch;
  }
}
