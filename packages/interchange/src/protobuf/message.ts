import protobuf from "protobufjs/minimal.js";

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
const WIRE_BYTES = 2;
const WIRE_32 = 5;

/** A message of protocol buffers as bytes. Fields that are undefined are left out. */
export function encodeMessage(schema: Schema, message: Message): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer, schema, message);
  return writer.finish();
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
