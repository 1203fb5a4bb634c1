import type { DataSource } from "@unet/datasets";
import type { TrainingConfig } from "../config/config.js";
import type { BestState } from "../evaluation/best.js";
import type { Leg } from "../optimisation/schedule.js";
import type { StateTensor } from "../optimisation/state-tensor.js";
import { type EvaluationEntry, evaluationOf } from "./history.js";

/**
 * All that a run needs to go on as if it had never stopped. Tiles and dropout masks depend on the seed and the
 * step alone, so the step is also the position in the data and the state of the random numbers.
 */
export interface Checkpoint {
  /** Steps done. */
  step: number;
  seed: number;
  config: TrainingConfig;
  /** Where the schedule began anew; absent where one runs over all steps, as in older checkpoints. */
  legs?: Leg[];
  /** How `openDataset` opens the data again, where it opened them. */
  source?: DataSource;
  validationSource?: DataSource;
  classWeights: number[];
  /** Wall-clock time that steps and evaluations took. */
  seconds: number;
  /** The best evaluation so far. */
  best?: BestState;
  /** All evaluations so far, and the losses of the first steps; absent in older checkpoints. */
  evaluations?: EvaluationEntry[];
  firstLosses?: number[];
  /** What the first steps took, until the number of steps is fixed by them. */
  firstSeconds?: number[];
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
/** The checksum, 32 bytes, is of what follows it. */
const HASHED_FROM = MAGIC.length + 32;
const GROUPS = ["optimizer", "average", "best"] as const;
/** Bytes that are written and read at once: Node takes less than 2 GiB. */
const PIECE = 2 ** 26;

/**
 * The parts of a checkpoint's file: the magic `UNETCKP2`, the SHA-256 of all that follows, the header's
 * length (uint32, little-endian), the header (JSON), the model's bytes, the float32 values of the tensors.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array[]> {
  const { createHash } = (await import("@unet/image/node")).crypto;
  const body = bodyOf(checkpoint);
  const hash = createHash("sha256");
  for (const piece of body) hash.update(piece);
  return [new TextEncoder().encode(MAGIC), hash.digest(), ...body];
}

/** The same in one, without Node: the platform makes the checksum. */
export async function checkpointBytes(checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  const body = bodyOf(checkpoint);
  const bytes = new Uint8Array(body.reduce((sum, { length }) => sum + length, HASHED_FROM));
  bytes.set(new TextEncoder().encode(MAGIC));
  let at = HASHED_FROM;
  for (const piece of body) {
    bytes.set(piece, at);
    at += piece.length;
  }
  bytes.set(await sha256(bytes.subarray(HASHED_FROM)), MAGIC.length);
  return bytes;
}

/** All that the checksum is of. */
function bodyOf(checkpoint: Checkpoint): Uint8Array[] {
  const { model, tensors, ...rest } = checkpoint;
  const shapes = Object.fromEntries(GROUPS.map((group) => [group, tensors[group].map(({ shape }) => shape)]));
  const header = new TextEncoder().encode(JSON.stringify({ ...rest, modelBytes: model.length, shapes }));
  const length = new Uint8Array(new Uint32Array([header.length]).buffer);
  const values = GROUPS.flatMap((group) =>
    tensors[group].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
  return [length, header, model, ...values].flatMap((part) => piecesOf(part, PIECE));
}

/**
 * Reads the file that {@link encodeCheckpoint} made the parts of, piece by piece, so that it may be of any size.
 *
 * @param piece bytes that are read at once
 * @throws UnreadableCheckpointError where it is of another format, or its length or checksum differs
 */
export async function readCheckpointFile(path: string, piece = PIECE): Promise<Checkpoint> {
  const { createHash } = (await import("@unet/image/node")).crypto;
  const { open } = (await import("@unet/image/node")).fs;
  const file = await open(path);
  const hash = createHash("sha256");
  try {
    const { size } = await file.stat();
    let offset = 0;
    const read = async (bytes: Uint8Array): Promise<void> => {
      for (const part of piecesOf(bytes, piece)) {
        for (let done = 0; done < part.length; ) {
          const { bytesRead } = await file.read(part, done, part.length - done, offset + done);
          if (bytesRead === 0) throw damaged(`it ends after ${offset + done} bytes`);
          done += bytesRead;
        }
        offset += part.length;
        if (offset > HASHED_FROM) hash.update(part);
      }
    };
    return await readParts({ size, read, checksum: async () => hash.digest() });
  } finally {
    await file.close();
  }
}

/**
 * Reads what {@link checkpointBytes} made.
 *
 * @throws UnreadableCheckpointError as {@link readCheckpointFile}
 */
export async function readCheckpointBytes(bytes: Uint8Array): Promise<Checkpoint> {
  let offset = 0;
  return readParts({
    size: bytes.length,
    async read(part) {
      part.set(bytes.subarray(offset, offset + part.length));
      offset += part.length;
    },
    checksum: () => sha256(bytes.subarray(HASHED_FROM)),
  });
}

/** What a checkpoint is read from, from its beginning on. */
interface Parts {
  size: number;
  /** Fills the bytes with those that come next. */
  read(bytes: Uint8Array): Promise<void>;
  /** Of all that was read behind the checksum. */
  checksum(): Promise<Uint8Array>;
}

async function readParts({ size, read, checksum }: Parts): Promise<Checkpoint> {
  let offset = 0;
  const take = async (count: number): Promise<Uint8Array<ArrayBuffer>> => {
    // Checked first: what is damaged may ask for any amount of memory.
    if (!(count <= size - offset)) throw damaged(`it ends after ${size} bytes`);
    const bytes = new Uint8Array(count);
    await read(bytes);
    offset += count;
    return bytes;
  };
  const magic = new TextDecoder().decode(await take(Math.min(MAGIC.length, size)));
  if (magic !== MAGIC)
    throw new UnreadableCheckpointError("not a checkpoint of this version of @unet/training");
  const expected = await take(32);
  const headerLength = new DataView((await take(4)).buffer).getUint32(0, true);
  const header = parseHeader(await take(headerLength));
  const sizes = GROUPS.flatMap((group) => header.shapes[group].map(sizeOf));
  const whole = sizes.reduce((sum, count) => sum + 4 * count, offset + header.modelBytes);
  if (whole !== size) throw damaged(`it has ${size} bytes, not ${whole}`);
  const { modelBytes, shapes, evaluations, ...rest } = header;
  const model = await take(modelBytes);
  const tensors = {} as CheckpointTensors;
  for (const group of GROUPS) {
    tensors[group] = [];
    for (const shape of shapes[group]) {
      tensors[group].push({ shape, data: new Float32Array((await take(4 * sizeOf(shape))).buffer) });
    }
  }
  const found = await checksum();
  if (!expected.every((byte, i) => byte === found[i])) throw damaged("its checksum differs");
  return { ...rest, evaluations: evaluations?.map(evaluationOf), model, tensors };
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

type Header = Omit<Checkpoint, "model" | "tensors"> & {
  modelBytes: number;
  shapes: Record<keyof CheckpointTensors, number[][]>;
};

/** @throws UnreadableCheckpointError where the bytes are no header */
function parseHeader(bytes: Uint8Array): Header {
  try {
    const header: Header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const counts = GROUPS.flatMap((group) => header.shapes[group].map(sizeOf));
    if ([header.modelBytes, ...counts].every((count) => Number.isSafeInteger(count) && count >= 0)) {
      return header;
    }
  } catch {
    // As below.
  }
  throw damaged("its header can't be read");
}

function sizeOf(shape: number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function damaged(how: string): UnreadableCheckpointError {
  return new UnreadableCheckpointError(`the checkpoint is damaged: ${how}`);
}

/** The same bytes, not copied, in parts of at most `most`. */
function piecesOf<T extends Uint8Array>(bytes: T, most: number): T[] {
  const count = Math.ceil(bytes.length / most);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * most, (i + 1) * most) as T);
}
