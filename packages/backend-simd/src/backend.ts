import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { type backend_util, type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { FilterCache } from "./convolution/filter-cache.js";
import { Memory } from "./memory.js";
import { Pool } from "./pool.js";
import { isNumberType, TensorData } from "./tensor-data.js";

/**
 * The backend `simd`: its tensors lie in one WebAssembly memory, and its kernels run there on all threads. It is a
 * backend of plain JavaScript as well, whose kernels find the values as views of that memory: what has no kernel of its
 * own is computed by them.
 */
export class SimdBackend extends MathBackendCPU {
  readonly memoryOfKernels = new Memory();
  readonly pool = new Pool(this.memoryOfKernels);
  readonly filterCache = new FilterCache(this.memoryOfKernels);

  /** @param threads that compute, the caller's among them */
  constructor(threads: number) {
    super();
    this.pool.resize(threads);
  }

  /** Runs a kernel; see {@link Pool.run}. */
  run(kernel: string, args: readonly number[], items: number, scratch = 0, grain = 1): void {
    this.pool.run(kernel, args, items, scratch, grain);
  }

  /**
   * The byte offset of a tensor's values in the memory.
   *
   * @throws TypeError where they are of another type than the tensor
   */
  address({ dataId, dtype }: TensorInfo): number {
    const data = this.#dataOf(dataId);
    if (data.dtype !== dtype) {
      throw new TypeError(
        `backend simd: a tensor of ${dtype} has values of ${data.dtype}; tf.cast converts them`,
      );
    }
    return data.address;
  }

  /** The values of a tensor of numbers: a view that is good until the memory grows. */
  values({ dataId }: TensorInfo): Float32Array | Int32Array | Uint8Array {
    return this.#dataOf(dataId).values as Float32Array;
  }

  /** A tensor whose values are still to be computed. */
  output(shape: number[], dtype: "float32" | "int32" | "bool" = "float32"): TensorInfo {
    const dataId = {};
    const data = new TensorData(this.memoryOfKernels, dtype, util.sizeFromShape(shape));
    data.reserve();
    this.data.set(dataId, data);
    return { dataId, shape, dtype };
  }

  /** The same values in another shape. */
  reshaped({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const data = new TensorData(this.memoryOfKernels, dtype, util.sizeFromShape(shape), {
      array: values,
      refCount,
    });
    // what the caller has may change, the tensor may not
    if (values && isNumberType(dtype)) data.address;
    this.data.set(dataId, data);
  }

  /** For the kernels of tfjs-backend-cpu, whose results stay where they are until they are needed in the memory. */
  override makeTensorInfo(
    shape: number[],
    dtype: DataType,
    values?: backend_util.BackendValues | string[],
  ): TensorInfo {
    const isText = dtype === "string" && typeof values?.[0] === "string";
    const array = (isText ? (values as string[]).map((text) => util.encodeString(text)) : values) as
      | backend_util.BackendValues
      | undefined;
    const dataId = {};
    this.data.set(dataId, new TensorData(this.memoryOfKernels, dtype, util.sizeFromShape(shape), { array }));
    return { dataId, shape, dtype };
  }

  /** A copy: the memory goes on without it. */
  override readSync(dataId: object): backend_util.BackendValues {
    const data = this.#dataOf(dataId);
    return data.dtype === "complex64" ? super.readSync(dataId) : data.read();
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.data.has(dataId) ? this.#dataOf(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone) data?.release();
    return gone;
  }

  /** `numBytesInMemory` is what the tensors and scratch take there, `numBytesOfMemory` what it has grown to. */
  override memory() {
    const { used, size } = this.memoryOfKernels;
    return { unreliable: false, reasons: [], numBytesInMemory: used, numBytesOfMemory: size };
  }

  override dispose(): void {
    this.pool.dispose();
  }

  #dataOf(dataId: object): TensorData {
    return this.data.get(dataId) as unknown as TensorData;
  }
}
