import type { Memory } from "../memory.js";

/** Most bytes that are kept. */
const MOST_BYTES = 2 ** 29;

/** Filters that were transformed once, and where their transform is, if it is kept. */
interface Seen {
  channels: number;
  filters: number;
  kept?: number;
}

/**
 * Keeps transformed filters for as long as the filters are there: prediction computes with the same ones again and again.
 * They are kept when they are used for the second time, which those of training steps never are. What is kept makes
 * way where memory runs short.
 */
export class FilterCache {
  /** By the address of the filters. */
  readonly #seen = new Map<number, Seen>();
  #bytes = 0;
  /** The transform that a kernel is reading. */
  #inUse = 0;

  constructor(readonly memory: Memory) {
    memory.onFree = (address) => this.#forget(address);
    memory.onShortage = () => this.#makeWay();
  }

  /**
   * Calls `use` with the address of the transform, of `bytes`, of the filters at an address, after `transform` has written
   * it there, if it must.
   */
  use(
    address: number,
    { channels, filters, bytes }: { channels: number; filters: number; bytes: number },
    transform: (target: number) => void,
    use: (transformed: number) => void,
  ): void {
    const seen = this.#seen.get(address);
    const isSame = seen?.channels === channels && seen.filters === filters;
    const isKept = isSame && seen.kept !== undefined;
    const keeps = isSame && !isKept && this.#bytes + bytes <= MOST_BYTES;
    const target = isKept ? (seen.kept as number) : this.memory.allocate(bytes);
    const before = this.#inUse;
    this.#inUse = target;
    try {
      if (!isKept) transform(target);
      if (keeps) {
        seen.kept = target;
        this.#bytes += bytes;
      }
      if (!seen) this.#seen.set(address, { channels, filters });
      use(target);
    } finally {
      this.#inUse = before;
      if (!isKept && !keeps) this.memory.free(target);
    }
  }

  #forget(address: number): void {
    const seen = this.#seen.get(address);
    if (!seen) return;
    this.#seen.delete(address);
    this.#release(seen);
  }

  /** Whether there was something to be freed. */
  #makeWay(): boolean {
    const before = this.#bytes;
    for (const seen of this.#seen.values()) if (seen.kept !== this.#inUse) this.#release(seen);
    return this.#bytes < before;
  }

  #release(seen: Seen): void {
    if (seen.kept === undefined) return;
    const { kept, channels, filters } = seen;
    seen.kept = undefined;
    this.#bytes -= 36 * channels * filters * 4;
    this.memory.free(kept);
  }
}
