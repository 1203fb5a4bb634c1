import { existsSync } from "node:fs";
import type { Image, PixelSize } from "@unet/image";
import { lock } from "@unet/image/node";
import {
  type Predictor,
  type PredictTiledOptions,
  resized,
  scoreImage,
  scoreSize,
  scoreTiled,
  type Task,
  type TileSink,
  type WindowedSource,
  weightedSource,
} from "@unet/inference";
import { tiffSink, tiffSource } from "@unet/inference/tiff";
import { fileStore, type RunIdentity, zarrSink, zarrSource } from "@unet/inference/zarr";
import { tileProgress } from "../messages/progress.js";
import { tell } from "../usage/command.js";
import { isFinished, isZarrPath } from "./finished.js";
import { lockOf, removeScores } from "./scores-folder.js";

export interface ScoreOptions {
  /** What is scored, and at which scale. */
  task: Task;
  tileSize?: number;
  memory?: number;
  /** How colours are converted where the model takes one channel. */
  channels?: "grey";
  signal: AbortSignal;
  json?: boolean;
  /** Called with what was done to images. Default: prints it. */
  onNotice?: (notice: string) => void;
}

/** Scores at the image's size, to be read window by window. */
export interface Scores {
  /** The one score that the task makes of the classes. */
  source: WindowedSource;
  /** All classes, where they were asked for. */
  classes?: WindowedSource;
  /** @param complete whether they are not needed any more */
  close(complete: boolean): Promise<void>;
}

/** Side of the chunks and tiles of files, px. */
const CHUNK = 256;

/** The score of an image in memory. */
export function scoresInMemory(
  image: WindowedSource,
  name: string,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<Image<Float32Array>> {
  return predicted(name, options, (more) => scoreImage(image, predictor, options.task, more));
}

/**
 * Scores an image of any size into a TIFF or a Zarr, tile by tile; a Zarr that was interrupted is taken up again.
 *
 * @param temporary where scores are kept that have to be resized
 * @param run what the scores depend on, see {@link identifier}
 */
export async function scoresInFile(
  image: WindowedSource,
  name: string,
  { path: target, temporary, pixelSize }: { path: string; temporary: string; pixelSize?: PixelSize },
  run: RunIdentity,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<Scores> {
  const size = { width: image.width, height: image.height, channels: 1, pixelSize };
  const zarr = isZarrPath(target);
  const opened = async (): Promise<Scores> => {
    if (zarr) return { source: await zarrSource(target), close: async () => {} };
    const source = await tiffSource(target);
    return { source, close: () => source.close() };
  };
  if (zarr && isFinished(target, run)) return opened();
  const open = () =>
    zarr
      ? zarrSink(target, { ...size, run, chunk: CHUNK, onNotice: tell })
      : tiffSink(target, { ...size, holds: "probabilities", onNotice: tell });
  if (options.task.scale === 1) await scoreInto(await open(), image, name, predictor, options);
  else {
    const scores = await temporaryScores(image, name, temporary, run, predictor, options);
    let complete = false;
    try {
      await copy(scores.source, await open(), options.signal);
      complete = true;
    } finally {
      await scores.close(complete);
    }
  }
  return opened();
}

/**
 * The same for scores that are only needed in between: into a folder of its own, which is removed when all that depends on them
 * is complete. Until then a later run goes on with them. They have the resolution that the network sees.
 *
 * @param allClasses whether all classes are to be kept
 */
export async function temporaryScores(
  image: WindowedSource,
  name: string,
  folder: string,
  run: RunIdentity,
  predictor: Predictor,
  options: ScoreOptions,
  allClasses = false,
): Promise<Scores> {
  const release = await lock(lockOf(folder), { what: folder, onNotice: tell });
  const store = fileStore(folder);
  const { task } = options;
  const kept: Task = { ...task, aim: allClasses ? "classes" : "instances" };
  try {
    const sink = await zarrSink(store, { ...scoreSize(image, kept), run, chunk: CHUNK });
    await scoreInto(sink, image, name, predictor, { ...options, task: kept });
  } catch (error) {
    await release();
    if (existsSync(folder)) tell(`the scores so far are in ${folder}; the same command goes on with them`);
    throw error;
  }
  const close = async (complete: boolean) => {
    if (complete) await removeScores(folder);
    await release();
  };
  const scores = await zarrSource(store);
  if (scores.channels === 1) return { source: resized(scores, image), close };
  const source = resized(weightedSource(scores, task.out.score), image);
  return { source, classes: resized(scores, image), close };
}

async function scoreInto(
  sink: TileSink,
  image: WindowedSource,
  name: string,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<void> {
  await predicted(name, options, (more) => scoreTiled(image, predictor, options.task, sink, more));
}

/** Writes a source into a sink, some rows at a time. */
async function copy(source: WindowedSource, sink: TileSink, signal: AbortSignal): Promise<void> {
  const { width, height } = source;
  const rows = sink.block?.height ?? CHUNK;
  let complete = false;
  try {
    for (let y = 0; y < height; y += rows) {
      signal.throwIfAborted();
      const rect = { x: 0, y, width, height: Math.min(rows, height - y) };
      if (await sink.has?.(rect)) continue;
      await sink.write(rect, (await source.read(rect, { signal })) as Image<Float32Array>);
    }
    complete = true;
  } finally {
    await sink.close?.(complete);
  }
}

/** Predicts with a bar. */
async function predicted<Result>(
  name: string,
  { tileSize, memory, channels, signal, json, onNotice: say = tell }: ScoreOptions,
  predict: (options: PredictTiledOptions) => Promise<Result>,
): Promise<Result> {
  const progress = json ? undefined : tileProgress(name);
  try {
    const onNotice = (notice: string) => say(`${name}: ${notice}`);
    const { onProgress } = progress ?? {};
    return await predict({ tileSize, memory, channels, signal, onProgress, onNotice });
  } finally {
    progress?.stop();
  }
}
