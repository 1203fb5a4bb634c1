import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadModel, modelFromBytes, saveModel } from "@unet/model";
import type { DamagedCheckpointEvent } from "../events.js";
import {
  type Checkpoint,
  encodeCheckpoint,
  readCheckpointFile,
  UnreadableCheckpointError,
} from "./checkpoint.js";
import {
  type EvaluationEntry,
  type History,
  type HistoryEntry,
  historyLines,
  parseHistory,
} from "./history.js";
import type { RunPlace } from "./run-place.js";

/**
 * The folder of a run:
 *
 * - `model/`: `model.json` and `weights.bin`, as any TensorFlow.js program opens them
 * - `checkpoints/00000500.bin` …: what {@link resume} goes on from, the last few
 * - `history.jsonl`: every step and every evaluation, a line each, as they happen
 * - `config.json`: all settings that the run has
 * - `unet.lock`: while a process trains here
 *
 * All but the lines of the history are whole or not there, whatever ends the process. The first checkpoint comes before
 * all else, so that a folder with any of these files holds a run that can go on.
 */
export class RunFolder implements RunPlace {
  #unlock: (() => Promise<void>) | undefined;

  constructor(readonly path: string) {}

  /**
   * Makes the folder, takes its lock, and removes what killed processes left of their writes.
   *
   * @param onNotice is told where the lock was that of a process which has ended
   * @throws Error that names the process which uses the run
   * @throws UnwritableError where the folder can't be made or written to
   */
  async open(onNotice: (notice: string) => void): Promise<void> {
    const { mkdir, rm } = (await import("@unet/image/node")).fs;
    const { leftoversIn, lock, UnwritableError } = await import("@unet/image/node");
    const make = (folder: string) =>
      mkdir(folder, { recursive: true }).catch((cause) => {
        throw new UnwritableError(this.path, cause);
      });
    await make(this.path);
    // Before anything is written into it: a folder that another holds is left as it is.
    this.#unlock = await lock(`${this.path}/unet.lock`, { what: `the run ${this.path}`, onNotice });
    await make(this.#checkpoints);
    for (const folder of [this.path, this.#checkpoints]) {
      for (const { path } of await leftoversIn(folder)) await rm(path, { recursive: true, force: true });
    }
  }

  /**
   * @param bytes that the run will write beyond what is there; the folder need not exist yet
   * @throws UnwritableError where the disk has less left, if it says
   */
  async assertRoom(bytes: number): Promise<void> {
    const { fs, UnwritableError } = await import("@unet/image/node");
    const { blocks, bavail, bsize } = await fromExisting(this.path, (folder) => fs.statfs(folder));
    const free = bavail * bsize;
    if (blocks === 0 || bytes <= free) return;
    const words = (count: number) =>
      `${(count / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 })} MB`;
    throw new UnwritableError(
      this.path,
      new Error(`its checkpoints and model will take ${words(bytes)}, and the disk has ${words(free)} left`),
    );
  }

  /** Gives the lock back. */
  async close(): Promise<void> {
    await this.#unlock?.();
  }

  /** The steps of the checkpoints, ascending. */
  async steps(): Promise<number[]> {
    const { readdir } = (await import("@unet/image/node")).fs;
    const names = await readdir(this.#checkpoints).catch(ifAbsent<string[]>([]));
    return names
      .filter((name) => /^\d+\.bin$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  }

  /** Writes a checkpoint, then removes all but the last `keep`. */
  async writeCheckpoint(checkpoint: Checkpoint, keep: number): Promise<string> {
    const { rm } = (await import("@unet/image/node")).fs;
    const path = this.#checkpointAt(checkpoint.step);
    await writeWhole(path, await encodeCheckpoint(checkpoint));
    const others = (await this.steps()).filter((step) => step !== checkpoint.step);
    for (const step of others.slice(0, Math.max(0, others.length - keep + 1)))
      await rm(this.#checkpointAt(step));
    return path;
  }

  /**
   * The newest checkpoint that can be read. A damaged one is skipped; where `onDamaged` is given, that
   * is called and the file renamed.
   *
   * @throws UnreadableCheckpointError where there is none
   */
  async readCheckpoint(onDamaged?: (event: DamagedCheckpointEvent) => void): Promise<Checkpoint> {
    const { rename } = (await import("@unet/image/node")).fs;
    const steps = await this.steps();
    let cause: unknown;
    for (const step of steps.reverse()) {
      const path = this.#checkpointAt(step);
      try {
        return await readCheckpointFile(path);
      } catch (error) {
        if (!(error instanceof UnreadableCheckpointError)) throw error;
        cause = error;
        if (!onDamaged) continue;
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
    await writeWhole(`${this.path}/config.json`, `${JSON.stringify(config, null, 2)}\n`);
  }

  /**
   * The history up to and including `step`. Damaged lines are left out and told of; a copy of the file is kept as
   * `history.jsonl.damaged`.
   */
  async readHistory(step: number, onNotice: (notice: string) => void): Promise<History> {
    const { copyFile, readFile } = (await import("@unet/image/node")).fs;
    const found = parseHistory(await readFile(this.#history, "utf8").catch(ifAbsent("")), step);
    if (found.damaged > 0) {
      await copyFile(this.#history, `${this.#history}.damaged`);
      const lines = found.damaged === 1 ? "1 line" : `${found.damaged} lines`;
      onNotice(`${lines} of ${this.#history} can't be read; left out, as the training depends on none`);
    }
    return found;
  }

  /** Begins `history.jsonl` anew with these entries. */
  async writeHistory(entries: ReadonlyArray<HistoryEntry | EvaluationEntry>): Promise<void> {
    await writeWhole(this.#history, historyLines(entries));
  }

  /** Adds a line to `history.jsonl`. */
  async addToHistory(entry: HistoryEntry | EvaluationEntry): Promise<void> {
    const { fs, UnwritableError } = await import("@unet/image/node");
    await fs.appendFile(this.#history, historyLines([entry])).catch((cause) => {
      throw new UnwritableError(this.#history, cause);
    });
  }

  get #history(): string {
    return `${this.path}/history.jsonl`;
  }

  get #checkpoints(): string {
    return `${this.path}/checkpoints`;
  }

  #checkpointAt(step: number): string {
    return `${this.#checkpoints}/${String(step).padStart(8, "0")}.bin`;
  }
}

/**
 * Whether a folder can be written to, or made where it is none yet; nothing is written for it.
 *
 * @throws UnwritableError where not
 */
export async function assertWritable(path: string): Promise<void> {
  const { fs } = await import("@unet/image/node");
  await fromExisting(path, (folder) => fs.access(folder, fs.constants.W_OK));
}

/**
 * What `ask` gives for a folder, or where there is none for the nearest above it.
 *
 * @throws UnwritableError where it can't be known
 */
async function fromExisting<T>(path: string, ask: (folder: string) => Promise<T>): Promise<T> {
  const { path: paths, UnwritableError } = await import("@unet/image/node");
  for (let folder = paths.resolve(path); ; folder = paths.dirname(folder)) {
    try {
      return await ask(folder);
    } catch (cause) {
      const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
      if (!absent || folder === paths.dirname(folder)) throw new UnwritableError(path, cause);
    }
  }
}

/** What stands in a folder, as in `holds …`, and whether a run can go on with it. */
export interface RunObstacle {
  found: string;
  isRun: boolean;
}

/**
 * What keeps a new run out of a folder: a run, or files of the names that a run writes. Other files are no matter;
 * they stay as they are.
 *
 * @returns undefined where a run may begin
 */
export async function runObstacle(path: string): Promise<RunObstacle | undefined> {
  const { readdir } = (await import("@unet/image/node")).fs;
  const { leftoversIn } = await import("@unet/image/node");
  const step = (await new RunFolder(path).steps()).at(-1);
  if (step !== undefined) return { found: `a run already, of ${step} steps`, isRun: true };
  const contentsOf = (folder: string): Promise<string[]> =>
    readdir(folder).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw error.code === "ENOTDIR"
        ? new Error(`${folder} is a file; name a folder`, { cause: error })
        : error;
    });
  const names = await contentsOf(path);
  if (names.includes("folds.json")) return { found: "folds already", isRun: true };
  const file = ["config.json", "history.jsonl", "model", "diverged"].find((name) => names.includes(name));
  if (file !== undefined) return { found: `${file}, which is of no run`, isRun: false };
  const checkpoints = `${path}/checkpoints`;
  const foreign = (await contentsOf(checkpoints)).length > (await leftoversIn(checkpoints)).length;
  return foreign ? { found: "checkpoints that are not ours", isRun: false } : undefined;
}

/**
 * The model of a run's folder, which is the caller's to dispose: `model/`, or where the program was killed while it was being replaced, that of
 * the newest checkpoint.
 *
 * ```ts
 * const model = await loadRun("runs/em");
 * ```
 *
 * @throws UnreadableCheckpointError where there is neither
 */
export async function loadRun(path: string): Promise<LayersModel> {
  const { access } = (await import("@unet/image/node")).fs;
  const whole = await access(`${path}/model/model.json`).then(
    () => true,
    () => false,
  );
  if (whole) return loadModel(`${path}/model`);
  return modelFromBytes((await new RunFolder(path).readCheckpoint()).model);
}

async function writeWhole(path: string, content: Uint8Array[] | string): Promise<void> {
  const node = await import("@unet/image/node");
  await node.writeWhole(path, content);
}

/** Nothing where there is no file. */
function ifAbsent<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
}
