/** A tensor of a `.safetensors` file. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array | Uint8Array;
}

/** Reads a `.safetensors` file: header length (uint64), JSON header, raw little-endian values. */
export function readSafetensors(bytes: ArrayBuffer): Record<string, StoredTensor> {
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headerLength)));
  delete header.__metadata__;
  return Object.fromEntries(
    Object.entries(
      header as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
    ).map(([name, { dtype, shape, data_offsets }]) => {
      const [from, to] = data_offsets.map((offset) => 8 + headerLength + offset);
      const raw = bytes.slice(from, to);
      return [name, { shape, data: dtype === "F32" ? new Float32Array(raw) : new Uint8Array(raw) }];
    }),
  );
}
