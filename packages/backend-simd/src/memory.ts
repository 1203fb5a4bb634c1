/** Every block begins at a multiple of it: a cache line. */
const LINE = 64;
const PAGE = 65_536;
/** The most that WebAssembly can address: 4 GiB. */
const MOST_PAGES = 65_536;
/** What kernels may read beyond the end of a block, which must be there after the last one, too. */
const OVERHANG = LINE;

/** A stretch of free memory, in bytes. */
interface Free {
  address: number;
  size: number;
}

/**
 * The one memory of the kernels, handed out in blocks by their byte offset. Freed blocks join their free neighbours
 * and are used again, the best fitting first; where none fits the memory grows, to 4 GiB at most.
 *
 * ```ts
 * const memory = new Memory();
 * const address = memory.allocate(4 * 100);
 * memory.floats(address, 100).fill(1);
 * memory.free(address);
 * ```
 */
export class Memory {
  readonly wasm: WebAssembly.Memory;
  /** Whether threads can share it. */
  readonly shared: boolean;
  /** Bytes that are handed out. */
  used = 0;
  /** Is told the address of each block that is freed. */
  onFree?: (address: number) => void;
  /** Is asked to free what can be computed again, where memory runs short; answers whether there was any. */
  onShortage?: () => boolean;
  /** By address. */
  readonly #free: Free[] = [];
  /** Size of each block that is handed out. */
  readonly #sizes = new Map<number, number>();
  /** Where the part begins that was never handed out. */
  #end = PAGE;

  constructor() {
    const size = { initial: 16, maximum: MOST_PAGES };
    const shared = canShareMemory() ? sharedMemory(size) : undefined;
    this.shared = shared !== undefined;
    this.wasm = shared ?? new WebAssembly.Memory(size);
  }

  /**
   * The byte offset of a new block of at least that many bytes, with whatever was there before in it.
   *
   * @throws RangeError where 4 GiB, or what the machine gives, is not enough
   */
  allocate(bytes: number): number {
    const size = Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
    const address = this.#find(size);
    this.#sizes.set(address, size);
    this.used += size;
    return address;
  }

  /** @throws RangeError where nothing was handed out at this address */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new RangeError(`Memory: there is no block at ${address} to be freed`);
    this.onFree?.(address);
    this.#sizes.delete(address);
    this.used -= size;
    const free = this.#free;
    let low = 0;
    for (let high = free.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (free[middle].address < address) low = middle + 1;
      else high = middle;
    }
    const before = free[low - 1];
    const after = free[low];
    const joinsBefore = before !== undefined && before.address + before.size === address;
    const joinsAfter = after !== undefined && address + size === after.address;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      free.splice(low, 1);
    } else if (joinsBefore) {
      before.size += size;
    } else if (joinsAfter) {
      after.address = address;
      after.size += size;
    } else {
      free.splice(low, 0, { address, size });
    }
  }

  /** Bytes that the memory has grown to. */
  get size(): number {
    return this.wasm.buffer.byteLength;
  }

  /** A view of `length` values; good until the next block is handed out, which may move the memory. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.wasm.buffer, address, length);
  }

  /** As {@link floats}. */
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.wasm.buffer, address, length);
  }

  /** As {@link floats}. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.buffer, address, length);
  }

  /** Whether an array is a view of this memory. */
  holds({ buffer }: ArrayBufferView): boolean {
    return this.shared ? buffer instanceof SharedArrayBuffer : buffer === this.wasm.buffer;
  }

  #find(size: number): number {
    try {
      return this.#reuse(size) ?? this.#extend(size);
    } catch (error) {
      if (!this.onShortage?.()) throw error;
      return this.#reuse(size) ?? this.#extend(size);
    }
  }

  #reuse(size: number): number | undefined {
    const free = this.#free;
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      if (free[i].size >= size && (best < 0 || free[i].size < free[best].size)) best = i;
      if (best >= 0 && free[best].size === size) break;
    }
    if (best < 0) return undefined;
    const block = free[best];
    const { address } = block;
    if (block.size === size) free.splice(best, 1);
    else {
      block.address += size;
      block.size -= size;
    }
    return address;
  }

  #extend(size: number): number {
    // what is free at the end is the beginning of the new block
    const last = this.#free.at(-1);
    const joins = last !== undefined && last.address + last.size === this.#end;
    const address = joins ? last.address : this.#end;
    this.#reserve(address + size + OVERHANG, size);
    if (joins) this.#free.pop();
    this.#end = address + size;
    return address;
  }

  /** Grows the memory to so many bytes, and by a quarter at a time while that can be had. */
  #reserve(bytes: number, asked: number): void {
    const pages = this.size / PAGE;
    const needed = Math.ceil(bytes / PAGE) - pages;
    if (needed <= 0) return;
    const ample = Math.min(MOST_PAGES - pages, Math.max(needed, pages >> 2));
    for (const more of [ample, needed]) {
      if (more < needed) continue;
      try {
        this.wasm.grow(more);
        return;
      } catch {
        // not so much at once
      }
    }
    const megabytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MB`;
    const limit =
      pages + needed > MOST_PAGES ? "4096 MB is all that it can have" : "the machine gives no more";
    throw new RangeError(
      `backend simd: no memory for ${megabytes(asked)} beside the ${megabytes(this.used)} in use: ${limit}; ` +
        "compute on smaller tiles or batches",
    );
  }
}

/** Whether threads can share memory here: in Node, and in a page that is cross-origin isolated. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer === "function";
}

function sharedMemory(size: WebAssembly.MemoryDescriptor): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ ...size, shared: true });
  } catch {
    return undefined; // no such stretch of addresses
  }
}
