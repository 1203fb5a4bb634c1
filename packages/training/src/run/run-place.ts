import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { DamagedCheckpointEvent } from "../events.js";
import type { Checkpoint } from "./checkpoint.js";
import type { EvaluationEntry, History, HistoryEntry } from "./history.js";

/** Where a run keeps what it has reached: a folder, or a store of the caller's. */
export interface RunPlace {
  /** What it is called in messages. */
  readonly path: string;
  open(onNotice: (notice: string) => void): Promise<void>;
  /** @throws Error where there is less room than so many bytes */
  assertRoom(bytes: number): Promise<void>;
  close(): Promise<void>;
  /** The steps of the checkpoints, ascending. */
  steps(): Promise<number[]>;
  /** Writes a checkpoint, and says where. */
  writeCheckpoint(checkpoint: Checkpoint, keep: number): Promise<string>;
  /** The newest that can be read. */
  readCheckpoint(onDamaged?: (event: DamagedCheckpointEvent) => void): Promise<Checkpoint>;
  writeModel(model: LayersModel): Promise<void>;
  writeConfig(config: object): Promise<void>;
  readHistory(step: number, onNotice: (notice: string) => void): Promise<History>;
  writeHistory(entries: ReadonlyArray<HistoryEntry | EvaluationEntry>): Promise<void>;
  addToHistory(entry: HistoryEntry | EvaluationEntry): Promise<void>;
}
