import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel, modelFromBytes, saveModel } from "@unet/model";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  UnreadableCheckpointError,
} from "./checkpoint.js";
import type { DamagedCheckpointEvent, ValidationResult } from "./events.js";

/** A point of the loss curve. */
export interface HistoryEntry {
  step: number;
  loss: number;
  gradientNorm: number;
  rate: number;
}

/** An evaluation after `step` steps. */
export interface EvaluationEntry {
  step: number;
  validation: ValidationResult;
}

/**
 * The folder of a run:
 *
 * - `model/`: `model.json` and `weights.bin`, as any TensorFlow.js program opens them
 * - `checkpoints/00000500.bin` …: what {@link resume} goes on from, the last few
 * - `history.jsonl`: every step and every evaluation, a line each, as they happen
 * - `config.json`: all settings that the run has
 *
 * Models and checkpoints are written under a temporary name and renamed, so none is ever half-written.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  /** Makes the folder, and removes what an interrupted write left. */
  async prepare(): Promise<void> {
    const { mkdir, readdir, rm } = await import("node:fs/promises");
    await mkdir(this.#checkpoints, { recursive: true });
    for (const folder of [this.path, this.#checkpoints]) {
      const left = (await readdir(folder)).filter((name) => /\.[0-9a-f]{8}\.(tmp|old)$/.test(name));
      for (const name of left) await rm(`${folder}/${name}`, { recursive: true });
    }
  }

  /** The steps of the checkpoints, ascending. */
  async steps(): Promise<number[]> {
    const { readdir } = await import("node:fs/promises");
    const names = await readdir(this.#checkpoints).catch(() => []);
    return names
      .filter((name) => /^\d+\.bin$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  }

  /** Writes a checkpoint, then removes all but the last `keep`. */
  async writeCheckpoint(checkpoint: Checkpoint, keep: number): Promise<string> {
    const { rm } = await import("node:fs/promises");
    const path = this.#checkpointAt(checkpoint.step);
    await writeAtomically(path, await encodeCheckpoint(checkpoint));
    const others = (await this.steps()).filter((step) => step !== checkpoint.step);
    for (const step of others.slice(0, Math.max(0, others.length - keep + 1)))
      await rm(this.#checkpointAt(step));
    return path;
  }

  /**
   * The newest checkpoint that can be read. One that is damaged is told of, renamed, and passed over.
   *
   * @throws UnreadableCheckpointError where there is none
   */
  async readCheckpoint(onDamaged: (event: DamagedCheckpointEvent) => void): Promise<Checkpoint> {
    const { readFile, rename } = await import("node:fs/promises");
    const steps = await this.steps();
    let cause: unknown;
    for (const step of steps.reverse()) {
      const path = this.#checkpointAt(step);
      try {
        return await decodeCheckpoint(await readFile(path));
      } catch (error) {
        if (!(error instanceof UnreadableCheckpointError)) throw error;
        cause = error;
        await rename(path, `${path}.damaged`);
        onDamaged({ type: "damaged", path, reason: error.message });
      }
    }
    throw new UnreadableCheckpointError(
      cause === undefined
        ? `${this.path} holds no checkpoint, so no run to resume`
        : `${this.path} holds no checkpoint that can be read: ${(cause as Error).message}`,
      { cause },
    );
  }

  async writeModel(model: LayersModel): Promise<void> {
    await saveModel(model, `${this.path}/model`);
  }

  /** Writes the settings of the run. */
  async writeConfig(config: object): Promise<void> {
    await writeAtomically(`${this.path}/config.json`, `${JSON.stringify(config, null, 2)}\n`);
  }

  /** The history up to and including `step`. */
  async readHistory(step: number): Promise<{ history: HistoryEntry[]; evaluations: EvaluationEntry[] }> {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(`${this.path}/history.jsonl`, "utf8").catch(() => "");
    // The last line may be cut where the program was killed; it is after any checkpoint.
    const lines = text.split("\n").slice(0, -1);
    const entries = lines.map((line) => JSON.parse(line) as HistoryEntry | EvaluationEntry);
    const kept = entries.filter((entry) => entry.step <= step);
    return {
      history: kept.filter((entry): entry is HistoryEntry => "loss" in entry),
      evaluations: kept.filter((entry): entry is EvaluationEntry => "validation" in entry),
    };
  }

  /** Begins `history.jsonl` anew with these entries. */
  async writeHistory(entries: Array<HistoryEntry | EvaluationEntry>): Promise<void> {
    const inOrder = entries.toSorted((a, b) => a.step - b.step);
    await writeAtomically(`${this.path}/history.jsonl`, inOrder.map(lineOf).join(""));
  }

  /** Adds a line to `history.jsonl`. */
  async addToHistory(entry: HistoryEntry | EvaluationEntry): Promise<void> {
    const { appendFile } = await import("node:fs/promises");
    await appendFile(`${this.path}/history.jsonl`, lineOf(entry));
  }

  get #checkpoints(): string {
    return `${this.path}/checkpoints`;
  }

  #checkpointAt(step: number): string {
    return `${this.#checkpoints}/${String(step).padStart(8, "0")}.bin`;
  }
}

/**
 * The model of a run's folder: `model/`, or where the program was killed while it was being replaced, that of
 * the newest checkpoint.
 *
 * @throws UnreadableCheckpointError where there is neither
 */
export async function loadRun(path: string): Promise<LayersModel> {
  const { access } = await import("node:fs/promises");
  const whole = await access(`${path}/model/model.json`).then(
    () => true,
    () => false,
  );
  if (whole) return loadModel(`${path}/model`);
  return modelFromBytes((await new RunFolder(path).readCheckpoint(() => {})).model);
}

function lineOf(entry: object): string {
  return `${JSON.stringify(entry)}\n`;
}

async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const { rename, writeFile } = await import("node:fs/promises");
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  // On the disk before it takes the place of what was there.
  await writeFile(temporary, content, { flush: true });
  await rename(temporary, path);
}
