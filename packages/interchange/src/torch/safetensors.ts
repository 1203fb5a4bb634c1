import { UnreadableNetworkError } from "../errors.js";
import { assertSize, type NamedTensors } from "../weights/named-tensors.js";
import { bytesOfType, numberTypes, toFloats } from "../weights/number-types.js";

/** The most bytes of JSON that are read; that of a network of a thousand tensors has 100 kB. */
const MAX_HEADER = 2 ** 24;

/** What a file of safetensors holds. */
export interface Safetensors {
  tensors: NamedTensors;
  /** What the file says of itself. */
  metadata: Record<string, string>;
}

/** Tensors as the bytes of a file of safetensors, float32. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // numbers begin at a multiple of 8; spaces fill up
  const length = 8 * Math.ceil(json.length / 8);
  const bytes = new Uint8Array(8 + length + end).fill(32, 8, 8 + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const { values } of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * The tensors of a file of safetensors, as float32. Nothing is believed that the header says of sizes.
 *
 * @throws UnreadableNetworkError where the file is cut short, damaged or something else
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const fail = (problem: string, cause?: unknown): never => {
    throw new UnreadableNetworkError(`the safetensors file ${problem}`, { cause });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : 0;
  if (length < 2 || length > MAX_HEADER || 8 + length > bytes.length) fail("is cut short or is none");
  let header: Record<string, unknown> = {};
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    fail("is damaged: its header is no JSON", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    fail("has a header that is no object");
  const { __metadata__: said, ...entries } = header;
  const data = bytes.subarray(8 + length);
  const tensors: NamedTensors = new Map();
  let used = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const width = typeof dtype === "string" ? bytesOfType(dtype) : undefined;
    if (!width)
      fail(`has ${name.slice(0, 80)} of type ${String(dtype).slice(0, 20)}, not ${numberTypes.join(", ")}`);
    if (!Array.isArray(shape) || !Array.isArray(offsets))
      fail(`has ${name.slice(0, 80)} without a shape or a place`);
    const [from, to] = offsets as number[];
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to >= from && to <= data.length)) {
      fail(`is cut short or damaged: ${name.slice(0, 80)} lies at ${from} to ${to} of ${data.length} bytes`);
    }
    used += to - from;
    // places that overlap would take more memory than the file has
    if (used > data.length) fail("is damaged: its tensors overlap");
    assertSize(name, shape as number[], (to - from) / width!);
    tensors.set(name, {
      shape: shape as number[],
      values: toFloats(data.subarray(from, to), dtype as string),
    });
  }
  const texts = Object.entries((said ?? {}) as Record<string, unknown>).filter(
    ([, text]) => typeof text === "string",
  );
  return { tensors, metadata: Object.fromEntries(texts) as Record<string, string> };
}
