/** How numbers of each type are read from bytes, little-endian, by the names of safetensors. */
const readers: Readonly<Record<string, { bytes: number; read(view: DataView, at: number): number }>> = {
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => upper(view.getUint16(at, true)) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  I16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  I8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  U8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

/** The bytes of one number, or nothing for a type that isn't known. */
export function bytesOfType(type: string): number | undefined {
  return Object.hasOwn(readers, type) ? readers[type].bytes : undefined;
}

/** The types that are known. */
export const numberTypes = Object.keys(readers);

/** Numbers of a known type as float32. */
export function toFloats(bytes: Uint8Array, type: string): Float32Array {
  // a copy, which begins at a multiple of 4; `slice` of Node's buffers is none
  if (type === "F32") return new Float32Array(new Uint8Array(bytes).buffer);
  const { bytes: width, read } = readers[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / width }, (_, i) => read(view, i * width));
}

/** A number of 16 bits, as IEEE 754 has it. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a number of 32 bits. */
function upper(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
