import type { Image, LabelImage, Rect, Size } from "@unet/image";
import {
  type LabelInstancesTiledOptions,
  type LabelSink,
  type LabelSummary,
  labelInstancesTiled,
  rowsWithin,
} from "../instances/labelling/label-instances-tiled.js";
import { ultrametricContours } from "../instances/splitting/ultrametric-contours.js";
import { asSource, readPart, type WindowedSource } from "../prediction/source.js";
import { argMax } from "./arg-max.js";
import { labelOptions } from "./label-scores.js";
import { isOfClasses, wholeOf } from "./score-image.js";
import type { Task } from "./task.js";

/** Options of {@link labelScoresTiled}. */
export type LabelScoresOptions = Pick<LabelInstancesTiledOptions, "memory" | "rows" | "signal">;

/** What `ultrametricContours` takes, bytes a pixel. */
const CONTOUR_BYTES = 40;

/**
 * What a task makes of its scores, for an image of any size: the objects that `labelScores` finds, or where classes are
 * wanted, the class of each pixel. The sink is given the scores that the labels come from: the score, or of several
 * classes the probability of the likeliest.
 *
 * @param source the scores at the image's size: one channel, or of several classes one each
 * @returns as `labelInstancesTiled`; of classes the largest, and nothing that isn't split
 * @throws RangeError where objects are to be parted along contours, and the image takes more than `memory`
 */
export async function labelScoresTiled(
  source: WindowedSource,
  sink: LabelSink,
  task: Task,
  options: LabelScoresOptions = {},
): Promise<LabelSummary> {
  const { aim, out } = task;
  if (aim === "classes") return closing(sink, () => labelClasses(source, sink, task, options));
  if (out.split !== "contours") {
    return labelInstancesTiled(source, sink, { ...options, ...labelOptions(out) });
  }
  const find = async () => {
    assertLabelMemory(source, task, options.memory);
    return ultrametricContours(await wholeOf(source, options.signal), { channel: 0 });
  };
  const contours = await closing(sink, find, false);
  const measured: LabelSink = {
    block: sink.block,
    // Scores are what the network says, not what the contours make of it.
    write: async (rect, labels, _, count) => sink.write(rect, labels, await readPart(source, rect), count),
    close: (complete) => sink.close?.(complete),
  };
  return labelInstancesTiled(asSource(contours), measured, { ...options, ...labelOptions(out) });
}

/**
 * Checks, before anything is computed, that the objects of an image of this size can be found within the memory.
 *
 * @throws RangeError where they are to be parted along contours, which needs the whole image, and more than `memory`
 */
export function assertLabelMemory({ width, height }: Size, { aim, out }: Task, memory = Infinity): void {
  const bytes = CONTOUR_BYTES * width * height;
  if (aim === "classes" || out.split !== "contours" || bytes <= memory) return;
  throw new RangeError(
    `segment: contours of ${width} × ${height} px need ${inUnits(bytes)} of memory, and may take ${inUnits(memory)}; raise memory, or split "scores"`,
  );
}

/** Strip by strip: the likeliest class, or of two classes the one that the threshold says. */
async function labelClasses(
  source: WindowedSource,
  sink: LabelSink,
  task: Task,
  { memory = 256 * 2 ** 20, signal, rows = rowsWithin(memory, source, sink) }: LabelScoresOptions,
): Promise<LabelSummary> {
  const { width, height } = source;
  const count = task.out.score.length - 1;
  for (let y = 0; y < height; y += rows) {
    const rect: Rect = { x: 0, y, width, height: Math.min(rows, height - y) };
    const scores = await readPart(source, rect, signal);
    const labels = isOfClasses(task) ? argMax(scores) : fromThreshold(scores, task.out.threshold);
    await sink.write(rect, labels, isOfClasses(task) ? largest(scores, labels) : scores, count);
  }
  return { count, unsplit: [] };
}

function fromThreshold({ width, height, data }: Image, threshold: number): LabelImage {
  return { width, height, data: Int32Array.from(data, (score) => (score >= threshold ? 1 : 0)) };
}

function largest({ width, height, channels, data }: Image, labels: LabelImage): Image<Float32Array> {
  const out = Float32Array.from(labels.data, (label, i) => data[i * channels + label]);
  return { width, height, channels: 1, data: out };
}

/** Closes the sink after what is done, as `labelInstancesTiled` does. */
async function closing<Result>(
  sink: LabelSink,
  work: () => Promise<Result>,
  whenDone = true,
): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await sink.close?.(false);
    throw error;
  }
  if (whenDone) await sink.close?.(true);
  return result;
}

function inUnits(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
