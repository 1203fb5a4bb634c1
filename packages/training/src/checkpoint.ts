import type { DataSource } from "@unet/datasets";
import type { BestState } from "./best.js";
import type { TrainingConfig } from "./config.js";
import type { StateTensor } from "./state-tensor.js";

/**
 * All that a run needs to go on as if it had never stopped. Tiles and dropout masks depend on the seed and the
 * step alone, so the step is also the position in the data and the state of the random numbers.
 */
export interface Checkpoint {
  /** Steps done. */
  step: number;
  seed: number;
  config: TrainingConfig;
  /** How `openDataset` opens the data again, where it opened them. */
  source?: DataSource;
  validationSource?: DataSource;
  classWeights: number[];
  /** Wall-clock time that steps and evaluations took. */
  seconds: number;
  /** The best evaluation so far. */
  best?: BestState;
  /** The model as `modelToBytes` writes it, with the weights that the next step begins with. */
  model: Uint8Array;
  tensors: CheckpointTensors;
}

/** Lists of tensors: what the optimiser remembers, the weights' moving average, the weights of the best model. */
export type CheckpointTensors = Record<"optimizer" | "average" | "best", StateTensor[]>;

/** Thrown where a checkpoint's bytes are not what was written: cut short, changed, or another format. */
export class UnreadableCheckpointError extends Error {
  override name = "UnreadableCheckpointError";
}

const MAGIC = "UNETCKP2";
const GROUPS = ["optimizer", "average", "best"] as const;

/**
 * A checkpoint as one block of bytes: the magic `UNETCKP2`, the SHA-256 of all that follows, the header's
 * length (uint32, little-endian), the header (JSON), the model's bytes, the float32 values of the tensors.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { model, tensors, ...rest } = checkpoint;
  const shapes = Object.fromEntries(GROUPS.map((group) => [group, tensors[group].map(({ shape }) => shape)]));
  const header = new TextEncoder().encode(JSON.stringify({ ...rest, modelBytes: model.length, shapes }));
  const values = GROUPS.flatMap((group) =>
    tensors[group].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
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
  if (magic !== MAGIC)
    throw new UnreadableCheckpointError("not a checkpoint of this version of @unet/training");
  // A copy of its own, from offset 0: Node hands out parts of a larger buffer.
  const body = new Uint8Array(bytes.subarray(40));
  const expected = bytes.subarray(8, 40);
  if (!(await sha256(body)).every((byte, i) => byte === expected[i])) {
    throw new UnreadableCheckpointError("the checkpoint is damaged: its checksum differs");
  }
  const headerLength = new DataView(body.buffer).getUint32(0, true);
  const { modelBytes, shapes, ...rest } = JSON.parse(
    new TextDecoder().decode(body.subarray(4, 4 + headerLength)),
  );
  let offset = 4 + headerLength;
  const take = (count: number) => {
    offset += count;
    return body.slice(offset - count, offset);
  };
  const model = take(modelBytes);
  const tensors = Object.fromEntries(
    GROUPS.map((group) => [
      group,
      shapes[group].map((shape: number[]) => {
        const size = shape.reduce((product, side) => product * side, 1);
        return { shape, data: new Float32Array(take(4 * size).buffer) };
      }),
    ]),
  );
  return { ...rest, model, tensors };
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
