import { UnreadableNetworkError } from "../errors.js";
import { toFloats } from "../weights/number-types.js";
import { product } from "../weights/transpose.js";
import { DOUBLE, FLOAT, FLOAT16, INT32, INT64, type OnnxTensor } from "./schema.js";

/** Numbers that a graph holds, or that are known before an image is there. */
export interface Constant {
  shape: readonly number[];
  values: ArrayLike<number>;
}

/** The types that are read, by the names of safetensors. */
const types: Readonly<Record<number, string>> = {
  [FLOAT]: "F32",
  [FLOAT16]: "F16",
  [DOUBLE]: "F64",
  [INT32]: "I32",
  [INT64]: "I64",
};

/**
 * A tensor of a graph as float32, or as whole numbers.
 *
 * @throws UnreadableNetworkError where it lies in another file, is of another type, or has another size than it says
 */
export function constantOf(tensor: OnnxTensor, name: string): Constant {
  const { dims, dataType, raw, floats, doubles, int32s = [], int64s = [], location } = tensor;
  if (location === 1) {
    throw new UnreadableNetworkError(
      `the ONNX tensor ${name} lies in another file; save the model as a single one`,
    );
  }
  const type = types[dataType];
  if (!type)
    throw new UnreadableNetworkError(
      `the ONNX tensor ${name} is of type ${dataType}, not of float32 or int64`,
    );
  const isWhole = dataType === INT32 || dataType === INT64;
  let values: ArrayLike<number>;
  if (raw && raw.length > 0) {
    const width = { F32: 4, F16: 2, F64: 8, I32: 4, I64: 8 }[type]!;
    if (raw.length !== product(dims) * width) throw wrongSize(name, dims, raw.length / width);
    values = isWhole ? wholes(raw, width) : toFloats(raw, type);
  } else if (isWhole) values = dataType === INT64 ? int64s : int32s;
  // halves stand as the bits of whole numbers
  else if (dataType === FLOAT16) values = toFloats(new Uint8Array(Uint16Array.from(int32s).buffer), type);
  else values = floats ?? (doubles ? Float32Array.from(doubles) : new Float32Array(0));
  if (values.length !== product(dims)) throw wrongSize(name, dims, values.length);
  return { shape: dims, values };
}

function wholes(raw: Uint8Array, width: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.length / width }, (_, i) =>
    width === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  );
}

function wrongSize(name: string, dims: readonly number[], count: number): UnreadableNetworkError {
  return new UnreadableNetworkError(
    `the ONNX tensor ${name} of shape [${dims.join(", ")}] has ${count} values`,
  );
}
