import type { DamagedCheckpointEvent } from "../events.js";
import {
  type Checkpoint,
  checkpointBytes,
  readCheckpointBytes,
  UnreadableCheckpointError,
} from "./checkpoint.js";
import type { EvaluationEntry, History, HistoryEntry } from "./history.js";
import type { RunPlace } from "./run-place.js";

/**
 * Keeps the newest checkpoint of a run where there are no folders: in a page's private files, a database, or memory.
 *
 * ```ts
 * let kept: Uint8Array | undefined;
 * const store: RunStore = {
 *   async write(checkpoint) {
 *     kept = checkpoint;
 *   },
 *   read: async () => kept,
 * };
 * ```
 */
export interface RunStore {
  /** Keeps the bytes in place of those before; they should be there whole or not at all. */
  write(checkpoint: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The bytes that were written last, if any. */
  read(): Promise<Uint8Array | undefined>;
}

/** The run in a {@link RunStore}: its newest checkpoint, and no more. */
export class StoredRun implements RunPlace {
  readonly path = "the store";

  constructor(private readonly store: RunStore) {}

  async open(): Promise<void> {}
  async assertRoom(): Promise<void> {}
  async close(): Promise<void> {}
  async writeModel(): Promise<void> {}
  async writeConfig(): Promise<void> {}
  async writeHistory(): Promise<void> {}
  async addToHistory(): Promise<void> {}

  async steps(): Promise<number[]> {
    const bytes = await this.store.read();
    return bytes ? [(await readCheckpointBytes(bytes)).step] : [];
  }

  async writeCheckpoint(checkpoint: Checkpoint): Promise<string> {
    await this.store.write(await checkpointBytes(checkpoint));
    return this.path;
  }

  /** @throws UnreadableCheckpointError where there is none, or it is damaged */
  async readCheckpoint(_onDamaged?: (event: DamagedCheckpointEvent) => void): Promise<Checkpoint> {
    const bytes = await this.store.read();
    if (!bytes) throw new UnreadableCheckpointError(`${this.path} holds no checkpoint, so no run to resume`);
    return readCheckpointBytes(bytes);
  }

  /** The losses of the steps are not kept; evaluations are, in the checkpoint. */
  async readHistory(): Promise<History> {
    return { history: [] as HistoryEntry[], evaluations: [] as EvaluationEntry[], damaged: 0 };
  }
}
