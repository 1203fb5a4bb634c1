import { UnreadableImageError } from "@unet/image";
import type { CodecMetadata } from "./byte-codecs.js";
import { Damage } from "./damage.js";
import { type Key, type ReadableStore, readLimited, StatusError } from "./zarr-store.js";

/** Types of numbers that are read. */
export const numberTypes = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
} as const;

/** @see numberTypes */
export type NumberType = keyof typeof numberTypes;

/** What a Zarr array's metadata say, checked, whether they are of Zarr v2 or v3. */
export interface ArrayMetadata {
  kind: "array";
  /** Where the array is in its store: empty, or `/` and its name. */
  path: string;
  shape: number[];
  /** Of what the store keeps under one key: chunks, or shards of chunks. */
  chunks: number[];
  type: NumberType;
  bigEndian: boolean;
  /** What pixels of absent chunks are. */
  fill: number;
  /** In the order in which a chunk was encoded; `bytes` stands between those of arrays and those of bytes. */
  codecs: CodecMetadata[];
  keyOf(chunk: readonly number[]): Key;
  dimensions?: (string | null)[];
  attributes: Attributes;
}

/** A group's metadata. */
export interface GroupMetadata {
  kind: "group";
  path: string;
  attributes: Attributes;
}

/** Attributes as they are: anything. */
export type Attributes = Record<string, unknown>;

/** Metadata larger than this are refused: those of the largest collections have some MB. */
const MOST_METADATA = 2 ** 24;

/**
 * Reads what is at a path of a Zarr hierarchy.
 *
 * @param name what the hierarchy is called in messages
 * @throws UnreadableImageError where there is nothing, or it is damaged or of a kind that isn't read
 */
export async function readMetadata(
  store: ReadableStore,
  path: string,
  name: string,
): Promise<ArrayMetadata | GroupMetadata> {
  const place = path === "" ? name : `${name}${path}`;
  const refuse = (reason: string, cause?: unknown) =>
    new UnreadableImageError(`${place}: ${reason}`, { cause });
  let forbidden: StatusError | undefined;
  const json = async (file: string): Promise<Attributes | undefined> => {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await readLimited(store, `${path}/${file}` as Key, MOST_METADATA);
    } catch (error) {
      // What isn't there answers so where the right to list is missing.
      if (error instanceof StatusError && error.status === 403) forbidden = error;
      else throw refuse(`${file} can't be read (${(error as Error).message})`, error);
    }
    if (!bytes) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch (error) {
      throw refuse(`${file} is no JSON; it is damaged`, error);
    }
    if (isRecord(value)) return value;
    throw refuse(`${file} holds no metadata; it is damaged`);
  };

  try {
    const v3 = await json("zarr.json");
    if (v3) return v3.node_type === "array" ? arrayOfV3(path, v3) : groupOfV3(path, v3);
    const array = await json(".zarray");
    if (!array && !(await json(".zgroup"))) {
      if (forbidden) throw forbidden;
      throw new Damage("it is no Zarr: there is no zarr.json, .zarray or .zgroup");
    }
    const attributes = (await json(".zattrs")) ?? {};
    return array ? arrayOfV2(path, array, attributes) : { kind: "group", path, attributes };
  } catch (error) {
    if (error instanceof Damage || error instanceof StatusError) throw refuse(error.message, error);
    throw error;
  }
}

function groupOfV3(path: string, meta: Attributes): GroupMetadata {
  assertV3(meta, "group", ["zarr_format", "node_type", "attributes", "consolidated_metadata"]);
  return { kind: "group", path, attributes: isRecord(meta.attributes) ? meta.attributes : {} };
}

function arrayOfV3(path: string, meta: Attributes): ArrayMetadata {
  assertV3(meta, "array", [
    ...["zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs"],
    ...["fill_value", "dimension_names", "attributes", "storage_transformers"],
  ]);
  const grid = namedOf(meta.chunk_grid, "chunk_grid");
  if (grid.name !== "regular")
    throw new Damage(`its chunk grid is ${shown(grid.name)}; only regular ones are read`);
  const shape = sizesOf(meta.shape, "shape");
  const chunks = sizesOf(grid.configuration.chunk_shape, "chunk_shape", shape.length);
  const type = meta.data_type as NumberType;
  if (typeof type !== "string" || !Object.hasOwn(numberTypes, type)) throw otherType(type);
  if (Array.isArray(meta.storage_transformers) && meta.storage_transformers.length > 0) {
    throw new Damage("it has storage transformers, which aren't read");
  }
  const keys = namedOf(meta.chunk_key_encoding, "chunk_key_encoding");
  const separator = keys.configuration.separator ?? (keys.name === "v2" ? "." : "/");
  if ((keys.name !== "default" && keys.name !== "v2") || (separator !== "/" && separator !== ".")) {
    throw new Damage(`its chunk_key_encoding ${shown(meta.chunk_key_encoding)} isn't read`);
  }
  const codecs = codecsOf(meta.codecs, "codecs");
  const bytes = codecs.find(({ name }) => name === "bytes")?.configuration;
  return {
    kind: "array",
    path,
    shape,
    chunks,
    type,
    codecs,
    bigEndian: endianOf(bytes),
    // zarrita writes null where it was told nothing, and means 0.
    fill: fillOf(meta.fill_value === null ? 0 : meta.fill_value, type),
    keyOf: (chunk) =>
      `${path}/${keys.name === "default" ? ["c", ...chunk].join(separator) : chunk.join(separator)}` as Key,
    dimensions: Array.isArray(meta.dimension_names) ? (meta.dimension_names as string[]) : undefined,
    attributes: isRecord(meta.attributes) ? meta.attributes : {},
  };
}

function arrayOfV2(path: string, meta: Attributes, attributes: Attributes): ArrayMetadata {
  if (meta.zarr_format !== 2) throw new Damage(`its zarr_format is ${shown(meta.zarr_format)}, not 2`);
  const shape = sizesOf(meta.shape, "shape");
  const chunks = sizesOf(meta.chunks, "chunks", shape.length);
  const { type, bigEndian } = typeOfV2(meta.dtype);
  const separator = meta.dimension_separator ?? ".";
  if (separator !== "." && separator !== "/") {
    throw new Damage(`its dimension_separator is ${shown(separator)}; it must be "." or "/"`);
  }
  if (meta.order !== "C" && meta.order !== "F") {
    throw new Damage(`its order is ${shown(meta.order)}; it must be "C" or "F"`);
  }
  const codecs: CodecMetadata[] = [];
  if (meta.order === "F") {
    codecs.push({ name: "transpose", configuration: { order: shape.map((_, i) => shape.length - 1 - i) } });
  }
  const named = (codec: unknown, what: string) => {
    if (!isRecord(codec) || typeof codec.id !== "string")
      throw new Damage(`its ${what} ${shown(codec)} is damaged`);
    const { id, ...configuration } = codec;
    return { name: `numcodecs.${(id as string).replace(/^numcodecs\./, "")}`, configuration };
  };
  const filters = meta.filters ?? [];
  if (!Array.isArray(filters)) throw new Damage(`its filters ${shown(filters)} are damaged`);
  const [ofArrays, ofBytes] = [[] as CodecMetadata[], [] as CodecMetadata[]];
  for (const filter of filters.map((codec) => named(codec, "filter"))) {
    (filter.name === "numcodecs.shuffle" ? ofBytes : ofArrays).push(filter);
  }
  codecs.push(...ofArrays, { name: "bytes", configuration: {} }, ...ofBytes);
  if (meta.compressor) codecs.push(named(meta.compressor, "compressor"));
  const dimensions = attributes._ARRAY_DIMENSIONS;
  return {
    kind: "array",
    path,
    shape,
    chunks,
    type,
    bigEndian,
    codecs,
    attributes,
    fill: fillOf(meta.fill_value ?? 0, type),
    keyOf: (chunk) => `${path}/${chunk.join(separator)}` as Key,
    dimensions: Array.isArray(dimensions) ? dimensions : undefined,
  };
}

function assertV3(meta: Attributes, kind: "array" | "group", known: string[]): void {
  if (meta.zarr_format !== 3) throw new Damage(`its zarr_format is ${shown(meta.zarr_format)}, not 3`);
  if (meta.node_type !== kind)
    throw new Damage(`its node_type is ${shown(meta.node_type)}, not array or group`);
  for (const [key, value] of Object.entries(meta)) {
    if (known.includes(key) || (isRecord(value) && value.must_understand === false)) continue;
    throw new Damage(`its metadata have ${shown(key)}, which isn't known`);
  }
}

/** Sizes along axes: whole numbers of at least 1. */
export function sizesOf(value: unknown, what: string, rank?: number): number[] {
  const sizes = Array.isArray(value) ? value : [];
  const right = sizes.every((size) => Number.isSafeInteger(size) && size >= 1);
  if (sizes.length > 0 && right && (rank === undefined || sizes.length === rank)) return sizes;
  const many = rank === undefined ? "" : ` for ${rank} axes`;
  throw new Damage(`its ${what} is ${shown(value)}${many}; it must be whole numbers of at least 1`);
}

function typeOfV2(dtype: unknown): { type: NumberType; bigEndian: boolean } {
  const [, order, rest] = (typeof dtype === "string" && /^([<>|])([biuf]\d)$/.exec(dtype)) || [];
  const kinds: Record<string, string> = { b: "bool", i: "int", u: "uint", f: "float" };
  const type = rest === "b1" ? "bool" : rest && `${kinds[rest[0]]}${8 * Number(rest[1])}`;
  if (!type || !Object.hasOwn(numberTypes, type)) throw otherType(dtype);
  return { type: type as NumberType, bigEndian: order === ">" };
}

function otherType(type: unknown): Damage {
  return new Damage(`it holds ${shown(type)}, which isn't read; convert it to integers, float or bool`);
}

/** The configuration's byte order. */
function endianOf(bytes: Attributes | undefined): boolean {
  const endian = bytes?.endian ?? "little";
  if (endian === "little" || endian === "big") return endian === "big";
  throw new Damage(`its byte order is ${shown(endian)}; it must be "little" or "big"`);
}

/** The codecs that metadata name. */
export function codecsOf(value: unknown, what: string): CodecMetadata[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Damage(`its ${what} are ${shown(value)}; they are damaged`);
  if (value.length > 16) throw new Damage(`it has ${value.length} ${what}; at most 16 are read`);
  return value.map((codec) => namedOf(codec, "codec"));
}

function namedOf(value: unknown, what: string): CodecMetadata {
  if (typeof value === "string") return { name: value, configuration: {} };
  if (!isRecord(value) || typeof value.name !== "string")
    throw new Damage(`its ${what} ${shown(value)} is damaged`);
  const { configuration = {} } = value;
  if (!isRecord(configuration)) throw new Damage(`its ${what} ${shown(value)} is damaged`);
  return { name: value.name, configuration };
}

function fillOf(value: unknown, type: NumberType): number {
  const isFloat = type.startsWith("float");
  if (type === "bool" && (typeof value === "boolean" || value === 0 || value === 1)) return Number(value);
  if (isFloat && typeof value === "string") {
    if (["NaN", "Infinity", "-Infinity"].includes(value)) return Number(value);
    const bits = bitsOf(value, numberTypes[type]);
    if (bits !== undefined) return bits;
  }
  if (isFloat && typeof value === "number") return value;
  const signed = !type.startsWith("u");
  const most = 2 ** (8 * numberTypes[type] - (signed ? 1 : 0)) - 1;
  const least = signed ? -most - 1 : 0;
  if (
    type !== "bool" &&
    Number.isSafeInteger(value) &&
    least <= (value as number) &&
    (value as number) <= most
  ) {
    return value as number;
  }
  throw new Damage(`its fill_value is ${shown(value)}, which is no ${type}`);
}

/** A float by its bits, such as "0x7fc00000". */
function bitsOf(text: string, size: number): number | undefined {
  if (!new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`).test(text)) return undefined;
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(text));
  if (size === 8) return bytes.getFloat64(0);
  return size === 4 ? bytes.getFloat32(4) : halfOf(bytes.getUint16(6));
}

/** The value of a float of 16 bits. */
export function halfOf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size =
    exponent === 31
      ? fraction
        ? Number.NaN
        : Number.POSITIVE_INFINITY
      : exponent === 0
        ? fraction * 2 ** -24
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

function isRecord(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as JSON, not too long for a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
