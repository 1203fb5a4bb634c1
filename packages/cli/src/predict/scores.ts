import { existsSync } from "node:fs";
import { cropMirrored, type Image, type PixelSize } from "@unet/image";
import { lock } from "@unet/image/node";
import {
  type Predictor,
  type PredictTiledOptions,
  predictTiled,
  type TileSink,
  type WindowedSource,
} from "@unet/inference";
import { tiffSink, tiffSource } from "@unet/inference/tiff";
import { fileStore, type RunIdentity, zarrSink, zarrSource } from "@unet/inference/zarr";
import { tell } from "../command.js";
import { channelOf } from "../evaluate/prediction.js";
import { tileProgress } from "../progress.js";
import { isFinished, isZarrPath } from "./finished.js";
import { lockOf, removeScores } from "./scores-folder.js";

export interface ScoreOptions {
  /** The class whose probabilities are wanted. */
  class: number;
  tile?: number;
  memory?: number;
  /** What becomes of colours where the model takes one channel. */
  channels?: "grey";
  signal: AbortSignal;
  json?: boolean;
  /** Is told what was done to images; default: the person. */
  onNotice?: (notice: string) => void;
}

/** The probabilities of one class, to be read window by window. */
export interface Scores {
  source: WindowedSource;
  /** @param complete whether they are not needed any more */
  close(complete: boolean): Promise<void>;
}

/** Side of the chunks and tiles of files, px. */
const CHUNK = 256;

/** Scores an image in memory: all classes. */
export function scoresInMemory(
  image: Image | WindowedSource,
  name: string,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<Image<Float32Array>> {
  return predicted(name, options, (more) => predictTiled(image, predictor, more));
}

/** One class of scores in memory. */
export function classOf(
  scores: Image<Float32Array>,
  channel: number,
): Scores & { image: Image<Float32Array> } {
  const image = channelOf(scores, channel);
  const { width, height } = image;
  const source: WindowedSource = {
    width,
    height,
    channels: 1,
    read: async (rect) => cropMirrored(image, rect),
  };
  return { image, source, close: async () => {} };
}

/**
 * Scores an image of any size into a TIFF or a Zarr, tile by tile; a Zarr that was interrupted is taken up again.
 *
 * @param run what the scores depend on, see {@link identifier}
 */
export async function scoresInFile(
  image: Image | WindowedSource,
  name: string,
  { path: target, pixelSize }: { path: string; pixelSize?: PixelSize },
  run: RunIdentity,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<Scores> {
  const size = { width: image.width, height: image.height, channels: 1, pixelSize };
  const zarr = isZarrPath(target);
  if (zarr && isFinished(target, run)) return { source: await zarrSource(target), close: async () => {} };
  const sink = zarr
    ? await zarrSink(target, { ...size, run, chunk: CHUNK, onNotice: tell })
    : await tiffSink(target, { ...size, holds: "probabilities", onNotice: tell });
  await scoreInto(sink, image, name, predictor, options);
  if (zarr) return { source: await zarrSource(target), close: async () => {} };
  const source = await tiffSource(target);
  return { source, close: () => source.close() };
}

/**
 * The same where scores are no result: into a folder of its own, which is removed when all that depends on them is
 * complete. Until then a later run goes on with them.
 */
export async function temporaryScores(
  image: Image | WindowedSource,
  name: string,
  folder: string,
  run: RunIdentity,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<Scores> {
  const { width, height } = image;
  const release = await lock(lockOf(folder), { what: folder, onNotice: tell });
  const store = fileStore(folder);
  try {
    const sink = await zarrSink(store, { width, height, channels: 1, run, chunk: CHUNK });
    await scoreInto(sink, image, name, predictor, options);
  } catch (error) {
    await release();
    if (existsSync(folder)) tell(`the scores so far are in ${folder}; the same command goes on with them`);
    throw error;
  }
  const close = async (complete: boolean) => {
    if (complete) await removeScores(folder);
    await release();
  };
  return { source: await zarrSource(store), close };
}

async function scoreInto(
  file: TileSink,
  image: Image | WindowedSource,
  name: string,
  predictor: Predictor,
  options: ScoreOptions,
): Promise<void> {
  const sink: TileSink = {
    ...file,
    write: (rect, scores) => file.write(rect, channelOf(scores, options.class)),
  };
  await predicted(name, options, (more) => predictTiled(image, predictor, { ...more, sink }));
}

/** Predicts with a bar. */
async function predicted<Result>(
  name: string,
  { tile, memory, channels, signal, json, onNotice: say = tell }: ScoreOptions,
  predict: (options: PredictTiledOptions) => Promise<Result>,
): Promise<Result> {
  const progress = json ? undefined : tileProgress(name);
  try {
    const onNotice = (notice: string) => say(`${name}: ${notice}`);
    const { onProgress } = progress ?? {};
    return await predict({ tileSize: tile, memory, channels, signal, onProgress, onNotice });
  } finally {
    progress?.stop();
  }
}
