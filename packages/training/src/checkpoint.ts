import type { DataSource } from "@unet/datasets";
import type { TrainingConfig } from "./config.js";
import type { StateTensor } from "./optimizer-state.js";

/** All that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  step: number;
  seed: number;
  config: TrainingConfig;
  /** How `openDataset` opens the data again, where it opened them. */
  source?: DataSource;
  validationSource?: DataSource;
  classWeights: number[];
  /** The model as `modelToBytes` writes it. */
  model: Uint8Array;
  /** The optimiser's tensors, in its own order. */
  optimizer: StateTensor[];
}

/** Thrown where a checkpoint's bytes are not what was written: cut short, changed, or another format. */
export class UnreadableCheckpointError extends Error {
  override name = "UnreadableCheckpointError";
}

const MAGIC = "UNETCKP1";

/**
 * A checkpoint as one block of bytes: the magic `UNETCKP1`, the SHA-256 of all that follows, the header's
 * length (uint32, little-endian), the header (JSON), the model's bytes, the optimiser's float32 values.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { model, optimizer, ...rest } = checkpoint;
  const header = new TextEncoder().encode(
    JSON.stringify({
      ...rest,
      modelBytes: model.length,
      optimizer: optimizer.map(({ name, shape }) => ({ name, shape })),
    }),
  );
  const values = optimizer.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const length = new Uint8Array(new Uint32Array([header.length]).buffer);
  const body = concatenate([length, header, model, ...values]);
  return concatenate([new TextEncoder().encode(MAGIC), await sha256(body), body]);
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 *
 * @throws UnreadableCheckpointError where the bytes are of another format or their checksum differs
 */
export async function decodeCheckpoint(bytes: Uint8Array): Promise<Checkpoint> {
  const magic = new TextDecoder().decode(bytes.subarray(0, 8));
  if (magic !== MAGIC) throw new UnreadableCheckpointError("not a checkpoint of @unet/training");
  // A copy of its own, from offset 0: Node hands out parts of a larger buffer.
  const body = new Uint8Array(bytes.subarray(40));
  const expected = bytes.subarray(8, 40);
  if (!(await sha256(body)).every((byte, i) => byte === expected[i])) {
    throw new UnreadableCheckpointError("the checkpoint is damaged: its checksum differs");
  }
  const headerLength = new DataView(body.buffer).getUint32(0, true);
  const { modelBytes, optimizer, ...rest } = JSON.parse(
    new TextDecoder().decode(body.subarray(4, 4 + headerLength)),
  );
  let offset = 4 + headerLength;
  const model = body.slice(offset, offset + modelBytes);
  offset += modelBytes;
  const tensors = optimizer.map(({ name, shape }: { name: string; shape: number[] }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(body.slice(offset, offset + 4 * size).buffer);
    offset += 4 * size;
    return { name, shape, data };
  });
  return { ...rest, model, optimizer: tensors };
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
