import { registry } from "zarrita";
import { byteDecoder, type CodecMetadata } from "./byte-codecs.js";
import { Damage } from "./damage.js";
import { halfOf, type NumberType, numberTypes, shown } from "./zarr-metadata.js";

/** The values of a chunk; the step from one to the next along each axis. */
export interface Chunk {
  data: ArrayLike<number> | ArrayLike<bigint>;
  stride: number[];
}

/** What decides how a chunk is decoded. */
export interface ChunkLayout {
  shape: number[];
  type: NumberType;
  bigEndian: boolean;
  codecs: CodecMetadata[];
  fill: number;
}

/**
 * How chunks are decoded, each step held to the size that the chunk's shape gives.
 *
 * @throws Damage where a codec isn't known, or its configuration is wrong
 */
export async function chunkDecoder({ shape, type, bigEndian, codecs, fill }: ChunkLayout) {
  const bytes = codecs.findIndex(({ name }) => name === "bytes");
  const count = shape.reduce((product, size) => product * size, 1);
  let stored = type;
  /** Of the axes as they are stored, which of the array's each is. */
  let order = shape.map((_, axis) => axis);
  const ofValues: ValueDecoder[] = [];
  for (const { name, configuration } of codecs.slice(0, Math.max(bytes, 0))) {
    if (name === "transpose") {
      if (ofValues.length > 0) throw new Damage("it has transpose behind other codecs, which isn't read");
      order = permutation(configuration.order, order.length).map((axis) => order[axis]);
      continue;
    }
    const { decode, type: next = stored } = await valueDecoder(name, configuration, {
      type: stored,
      shape,
      fill,
    });
    ofValues.unshift(decode);
    stored = next;
  }
  if (bytes < 0) throw unknown(codecs.find(({ name }) => !byteDecoder({ name, configuration: {} }))?.name);
  const ofBytes = codecs.slice(bytes + 1).map((codec) => {
    const decode = byteDecoder(codec);
    if (!decode) throw unknown(codec.name);
    return decode;
  });
  const exact = count * numberTypes[stored];
  const most = mostEncoded(exact);
  const stride = new Array<number>(shape.length);
  order.reduceRight((step, axis) => {
    stride[axis] = step;
    return step * shape[axis];
  }, 1);
  return {
    /** No right chunk has more bytes than these. */
    most: ofBytes.length > 0 ? most : exact,
    /** @throws Damage */
    async decode(encoded: Uint8Array): Promise<Chunk> {
      let part = encoded;
      for (let i = ofBytes.length - 1; i >= 0; i--) {
        part = await ofBytes[i](part, i === 0 ? { exact, most: exact } : { most });
      }
      if (part.length !== exact) {
        throw new Damage(
          `it has ${part.length} bytes of pixels, and its shape ${shape.join(" × ")} asks for ${exact}`,
        );
      }
      let data = valuesOf(part, stored, bigEndian);
      for (const decode of ofValues) data = decode(data);
      return { data, stride };
    },
  };
}

/** What a chunk of so many bytes has at most when it is encoded: codecs add little to what they can't compress. */
function mostEncoded(bytes: number): number {
  return 2 * bytes + 2 ** 16;
}

type Values = ArrayLike<number> | ArrayLike<bigint>;
type ValueDecoder = (values: Values) => Values;

/** The decoder of a codec from values to values, and the type of what it is given. */
async function valueDecoder(
  name: string,
  configuration: Record<string, unknown>,
  { type, shape, fill }: { type: NumberType; shape: number[]; fill: number },
): Promise<{ decode: ValueDecoder; type?: NumberType }> {
  const plain = name.replace(/^numcodecs\./, "");
  if (plain === "bitround") return { decode: (values) => values };
  if (plain === "delta") {
    const { dtype, astype = dtype } = configuration;
    if (astype === dtype && type !== "float16" && type !== "bool") return { decode: summed };
  }
  if (plain === "fixedscaleoffset") {
    const { scale, offset, dtype, astype = dtype } = configuration;
    const next = /^[<|]([uif])([1248])$/.exec(String(astype));
    if (
      typeof scale === "number" &&
      typeof offset === "number" &&
      scale !== 0 &&
      next &&
      !type.endsWith("64")
    ) {
      const kind = { u: "uint", i: "int", f: "float" }[next[1]];
      const stored = `${kind}${8 * Number(next[2])}` as NumberType;
      if (stored in arrays) {
        return {
          type: stored,
          decode: (values) => arrays[type]!.from(values as ArrayLike<number>, (v) => v / scale + offset),
        };
      }
    }
  }
  if (name === "scale_offset" || name === "cast_value") {
    try {
      const meta = { dataType: type, shape, codecs: [], fillValue: fill };
      const codec = (await registry.get(name)!()).fromConfig(configuration, meta as never) as unknown as {
        decode(chunk: { data: Values; shape: number[]; stride: number[] }): { data: Values };
        getEncodedMeta?(from: typeof meta): { dataType: NumberType };
      };
      return {
        type: codec.getEncodedMeta?.(meta).dataType,
        decode: (data) => codec.decode({ data, shape, stride: [] }).data,
      };
    } catch (error) {
      throw new Damage(`its codec ${name} is damaged (${(error as Error).message})`);
    }
  }
  if (plain === "delta" || plain === "fixedscaleoffset") {
    throw new Damage(`its codec ${plain} with ${shown(configuration)} isn't read`);
  }
  throw unknown(name);
}

function unknown(name: string | undefined): Damage {
  if (name === undefined) return new Damage("its codecs lack bytes; they are damaged");
  return new Damage(
    `its codec ${shown(name.replace(/^numcodecs\./, ""))} isn't read; write it again with blosc, zstd, gzip or none`,
  );
}

/** What `transpose` is given. */
function permutation(order: unknown, rank: number): number[] {
  const sorted = Array.isArray(order) ? [...order].sort((a, b) => a - b) : [];
  if (sorted.length === rank && sorted.every((axis, i) => axis === i)) return order as number[];
  throw new Damage(`its transpose order is ${shown(order)}; it must be each of 0 to ${rank - 1} once`);
}

function summed(values: Values): Values {
  const sums = (values as Int32Array).slice();
  for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
  return sums;
}

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as unknown as Partial<Record<NumberType, Int32ArrayConstructor>>;

/** Bytes as numbers, in the same memory where they lie as they should. */
function valuesOf(part: Uint8Array, type: NumberType, bigEndian: boolean): Values {
  const size = numberTypes[type];
  const bytes = (bigEndian && size > 1) || part.byteOffset % size !== 0 ? new Uint8Array(part) : part;
  if (bigEndian && size > 1) {
    for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  }
  if (type === "bool") {
    const other = bytes.find((value) => value > 1);
    if (other === undefined) return bytes;
    throw new Damage(`it holds ${other}, which is no bool`);
  }
  if (type === "float16")
    return Float32Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), halfOf);
  return new arrays[type]!(bytes.buffer, bytes.byteOffset, bytes.length / size);
}
