import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Memory } from "./memory.js";

/** The types whose values are numbers of one kind, which can lie in the memory. */
export type NumberType = "float32" | "int32" | "bool";

export function isNumberType(dtype: DataType): dtype is NumberType {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

/** Bytes of one value. */
function bytesOf(dtype: NumberType): number {
  return dtype === "bool" ? 1 : 4;
}

/**
 * The values of a tensor: in the kernels' memory, or, where a kernel of tfjs-backend-cpu made them, in an array of
 * JavaScript until a kernel of ours asks for their address. The CPU's kernels read and set `values` as they do in their own backend.
 */
export class TensorData<D extends DataType = DataType> {
  refCount: number;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  #array: backend_util.BackendValues | undefined;
  #address: number | undefined;

  constructor(
    readonly memory: Memory,
    readonly dtype: D,
    readonly length: number,
    { array, refCount = 1 }: { array?: backend_util.BackendValues; refCount?: number } = {},
  ) {
    this.refCount = refCount;
    this.values = array;
  }

  /** A view that is good until the memory grows. */
  get values(): backend_util.BackendValues | undefined {
    return this.#address === undefined ? this.#array : this.#view(this.#address);
  }

  set values(array: backend_util.BackendValues | undefined) {
    this.release();
    // a view of the memory would change with it
    const isView = ArrayBuffer.isView(array) && this.memory.holds(array);
    this.#array = isView ? (array as Float32Array).slice() : array;
  }

  /** A copy of the values. */
  read(): backend_util.BackendValues {
    return this.values?.slice() as backend_util.BackendValues;
  }

  /** Where the values lie in the memory, into which they are brought. */
  get address(): number {
    if (this.#address === undefined) {
      const address = this.reserve();
      if (this.#array) this.#view(address).set(this.#array as Float32Array);
      this.#array = undefined;
    }
    return this.#address as unknown as number;
  }

  /** Where values can be put that it has none of yet. */
  reserve(): number {
    if (!isNumberType(this.dtype))
      throw new TypeError(`backend simd: values of ${this.dtype} have no address`);
    this.#address ??= this.memory.allocate(this.length * bytesOf(this.dtype));
    return this.#address;
  }

  release(): void {
    if (this.#address !== undefined) this.memory.free(this.#address);
    this.#address = undefined;
    this.#array = undefined;
  }

  #view(address: number): Float32Array | Int32Array | Uint8Array {
    const { memory, length } = this;
    if (this.dtype === "float32") return memory.floats(address, length);
    return this.dtype === "int32" ? memory.integers(address, length) : memory.bytes(address, length);
  }
}
