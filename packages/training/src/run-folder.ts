import type { LayersModel } from "@tensorflow/tfjs-layers";
import { saveModel } from "@unet/model";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  UnreadableCheckpointError,
} from "./checkpoint.js";

/** A point of the loss curve. */
export interface HistoryEntry {
  step: number;
  loss: number;
}

/**
 * The folder of a run:
 *
 * - `model/`: `model.json` and `weights.bin`, as any TensorFlow.js program opens them
 * - `checkpoint.bin`: what {@link resume} goes on from
 * - `history.jsonl`: the loss of every step, a line each
 *
 * Each file is written under a temporary name and renamed, so none is ever half-written.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  get checkpointPath(): string {
    return `${this.path}/checkpoint.bin`;
  }

  async writeCheckpoint(checkpoint: Checkpoint, history: HistoryEntry[]): Promise<void> {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(this.path, { recursive: true });
    await writeAtomically(this.checkpointPath, await encodeCheckpoint(checkpoint));
    const lines = history.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await writeAtomically(`${this.path}/history.jsonl`, new TextEncoder().encode(lines));
  }

  async writeModel(model: LayersModel): Promise<void> {
    await saveModel(model, `${this.path}/model`);
  }

  /** @throws UnreadableCheckpointError where there is none, or it is damaged */
  async readCheckpoint(): Promise<Checkpoint> {
    const { readFile } = await import("node:fs/promises");
    let bytes: Uint8Array;
    try {
      bytes = await readFile(this.checkpointPath);
    } catch (cause) {
      throw new UnreadableCheckpointError(`${this.path} holds no checkpoint.bin, so no run to resume`, {
        cause,
      });
    }
    try {
      return await decodeCheckpoint(bytes);
    } catch (cause) {
      throw new UnreadableCheckpointError(`${this.checkpointPath}: ${(cause as Error).message}`, { cause });
    }
  }

  /** The loss curve up to and including `step`. */
  async readHistory(step: number): Promise<HistoryEntry[]> {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(`${this.path}/history.jsonl`, "utf8");
    const entries = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as HistoryEntry);
    return entries.filter((entry) => entry.step <= step);
  }
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const { rename, writeFile } = await import("node:fs/promises");
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}
