import protobuf from "protobufjs/minimal.js";
import { UnreadableNetworkError } from "../errors.js";

/**
 * How a field is written: a number, a text, bytes as they are, another message (as a function, so that messages may hold
 * themselves), or `"floats"` and `"doubles"`, which are packed into typed arrays.
 */
type Kind = "int32" | "int64" | "float" | "string" | "bytes" | "floats" | "doubles" | (() => Schema);

/** The fields of a message that are known here, by name; others are passed over. */
export type Schema = Readonly<Record<string, readonly [number: number, kind: Kind, repeated?: "repeated"]>>;

/** A message: what a schema names. Repeated fields are lists, others undefined where they are not there. */
export type Message = Record<string, unknown>;

const WIRE_VARINT = 0;
const WIRE_64 = 1;
const WIRE_BYTES = 2;
const WIRE_32 = 5;

/** Messages within messages, at most. */
const MAX_NESTING = 64;

/** A message of protocol buffers as bytes. Fields that are undefined are left out. */
export function encodeMessage(schema: Schema, message: Message): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer, schema, message);
  return writer.finish();
}

/**
 * The message that bytes hold. Fields of bytes are windows of the given ones; nothing is copied.
 *
 * @param what is read, for the message
 * @throws UnreadableNetworkError where they are cut short or are no such message
 */
export function decodeMessage(schema: Schema, bytes: Uint8Array, what: string): Message {
  try {
    return read(protobuf.Reader.create(bytes), bytes.length, schema, 0);
  } catch (cause) {
    throw new UnreadableNetworkError(
      `${what} is cut short, damaged or something else (${(cause as Error).message})`,
      { cause },
    );
  }
}

function write(writer: protobuf.Writer, schema: Schema, message: Message): void {
  for (const [name, [number, kind, repeated]] of Object.entries(schema)) {
    const given = message[name];
    if (given === undefined) continue;
    const values = repeated ? (given as unknown[]) : [given];
    for (const value of values) writeField(writer, number, kind, value);
  }
}

function writeField(writer: protobuf.Writer, number: number, kind: Kind, value: unknown): void {
  const tag = (wire: number) => writer.uint32(((number << 3) | wire) >>> 0);
  if (typeof kind === "function") {
    tag(WIRE_BYTES).fork();
    write(writer, kind(), value as Message);
    writer.ldelim();
    return;
  }
  switch (kind) {
    case "int32":
      tag(WIRE_VARINT).int32(value as number);
      return;
    case "int64":
      tag(WIRE_VARINT).int64(value as number);
      return;
    case "float":
      tag(WIRE_32).float(value as number);
      return;
    case "string":
      tag(WIRE_BYTES).string(value as string);
      return;
    default: {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      tag(WIRE_BYTES).bytes(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
}

function read(reader: protobuf.Reader, end: number, schema: Schema, depth: number): Message {
  if (depth > MAX_NESTING) throw new Error("its messages are nested too deep");
  const fields = new Map(Object.entries(schema).map(([name, field]) => [field[0], { name, field }]));
  const message: Message = {};
  for (const [name, [, , repeated]] of Object.entries(schema)) if (repeated) message[name] = [];
  const parts = new Map<string, Uint8Array[]>();
  while (reader.pos < end) {
    const tag = reader.uint32();
    const [number, wire] = [tag >>> 3, tag & 7];
    const known = fields.get(number);
    if (number === 0) throw new Error("a field has the number 0");
    if (!known) {
      reader.skipType(wire);
      continue;
    }
    const { name, field } = known;
    const [, kind, repeated] = field;
    if (kind === "floats" || kind === "doubles") {
      parts.set(name, [...(parts.get(name) ?? []), numbersAt(reader, wire, kind)]);
      continue;
    }
    const packed =
      repeated && wire === WIRE_BYTES && (kind === "int32" || kind === "int64" || kind === "float");
    if (packed) {
      const last = reader.uint32() + reader.pos;
      if (last > end) throw new Error("a list is longer than what holds it");
      while (reader.pos < last) (message[name] as unknown[]).push(readValue(reader, kind, last, depth));
      continue;
    }
    if (wire !== wireOf(kind)) throw new Error(`the field ${name} is of another kind`);
    const value = readValue(reader, kind, end, depth);
    if (repeated) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }
  if (reader.pos !== end) throw new Error("a message is longer than what holds it");
  for (const [name, pieces] of parts) message[name] = joined(pieces, schema[name][1] as "floats" | "doubles");
  return message;
}

function readValue(reader: protobuf.Reader, kind: Kind, end: number, depth: number): unknown {
  if (typeof kind === "function") {
    const last = reader.uint32() + reader.pos;
    if (last > end) throw new Error("a message is longer than what holds it");
    return read(reader, last, kind(), depth + 1);
  }
  if (kind === "int32") return reader.int32();
  if (kind === "int64") return Number(reader.int64());
  if (kind === "float") return reader.float();
  return kind === "string" ? reader.string() : reader.bytes();
}

function wireOf(kind: Kind): number {
  if (kind === "int32" || kind === "int64") return WIRE_VARINT;
  return kind === "float" ? WIRE_32 : WIRE_BYTES;
}

/** The bytes of packed numbers, or of a single one. */
function numbersAt(reader: protobuf.Reader, wire: number, kind: "floats" | "doubles"): Uint8Array {
  if (wire === WIRE_BYTES) return reader.bytes();
  if (wire !== (kind === "floats" ? WIRE_32 : WIRE_64)) throw new Error("numbers are of another kind");
  const value = kind === "floats" ? Float32Array.of(reader.float()) : Float64Array.of(reader.double());
  return new Uint8Array(value.buffer);
}

function joined(parts: Uint8Array[], kind: "floats" | "doubles"): Float32Array | Float64Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const width = kind === "floats" ? 4 : 8;
  if (size % width !== 0) throw new Error(`packed ${kind} have ${size} bytes`);
  const bytes = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    bytes.set(part, filled);
    filled += part.length;
  }
  return kind === "floats" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}
