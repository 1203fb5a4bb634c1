import { extname } from "node:path";
import { type LabelImage, type PixelSize, writeLabels } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { labelScoresTiled, type Task, type WindowedSource } from "@unet/inference";
import {
  type InstanceRow,
  type InstanceSummaryRow,
  instanceMeasurer,
  instancesToCsv,
  type LabelSink,
  summariesToCsv,
  summariseInstances,
} from "@unet/inference/instances";
import { tiffLabelSink } from "@unet/inference/tiff";
import { type RunIdentity, zarrLabelSink } from "@unet/inference/zarr";
import { tell } from "../usage/command.js";
import { isFinished, isZarrPath } from "./finished.js";
import type { Input } from "./inputs.js";
import { type OutlineTargets, outlineWriter } from "./outlines.js";

/** Bytes that finding objects may take by default. */
export const DEFAULT_MEMORY = 2 ** 30;

/** Which results of the objects of one input are asked for. */
export interface InstanceTargets extends OutlineTargets {
  /** Files of labels. */
  labels: string[];
  /** What the labels of a Zarr depend on. */
  run?: RunIdentity;
  /** Whether rows of a table are wanted. */
  table: boolean;
  /** Whether each page's labels are wanted in memory. */
  kept: boolean;
}

/**
 * Finds the objects of one input page by page, or each pixel's class where the task's aim is classes, and writes them as
 * they are found. Memory holds what grows with the number of objects, and all labels where a file takes all pages at once
 * (stacks, PNG).
 */
export function instanceWriter(
  input: Pick<Input, "length" | "slices" | "frames" | "pixelSize">,
  targets: InstanceTargets,
  { task, memory = DEFAULT_MEMORY }: { task: Task; memory?: number },
) {
  const { length: pages, frames, pixelSize } = input;
  const streamed = targets.labels.filter((path) => pages === 1 && extname(path).toLowerCase() !== ".png");
  const atEnd = targets.labels.filter((path) => !streamed.includes(path));
  const stack: LabelImage[] = [];
  const outlines = outlineWriter(input, targets);
  const rows: InstanceRow[] = [];
  const summaries: InstanceSummaryRow[] = [];

  /** @param image what the scores are of, read by strip for its grey values */
  const find = async (
    source: WindowedSource,
    image: WindowedSource,
    page: number,
    signal: AbortSignal,
  ): Promise<Found> => {
    const { width, height } = source;
    const where = pages > 1 ? { page } : {};
    // Classes have no measures.
    const measurer = task.aim === "classes" ? undefined : instanceMeasurer({ pixelSize });
    const outliner = outlines.ofPage(page, image);
    const labels =
      targets.kept || atEnd.length > 0 ? { width, height, data: new Int32Array(width * height) } : undefined;
    const size = { width, height, pixelSize };
    const files = await Promise.all(streamed.map((path) => labelFile(path, size, targets.run)));
    const sink: LabelSink = {
      block: files[0]?.block,
      async write(rect, part, scores, count) {
        const grey = targets.table ? await image.read(rect, { signal }) : undefined;
        measurer?.write(rect, part, scores, grey);
        outliner?.write(rect, part, scores);
        labels?.data.set(part.data, rect.y * width);
        for (const file of files) await file.write(rect, part, scores, count);
      },
      async close(complete) {
        await Promise.all(files.map((file) => file.close?.(complete)));
      },
    };
    const { count, unsplit } = await labelScoresTiled(source, sink, task, { memory, signal });
    if (unsplit.length > 0) tell(`too large to be split within --memory: ${unsplit.join(", ")}`);
    outliner?.end();
    const measures = measurer?.measures() ?? [];
    if (targets.table) for (const object of measures) rows.push({ ...where, ...object });
    summaries.push({ ...where, ...summariseInstances(measures, size) });
    if (labels && atEnd.length > 0) stack.push(labels);
    return { count, labels };
  };

  return {
    find,
    /** After the last page: the rows of the objects, where a table is asked for, and those of the pages. */
    async end(): Promise<{ rows: InstanceRow[]; summaries: InstanceSummaryRow[] }> {
      for (const path of atEnd) await writeLabels(path, stack, { frames, pixelSize, holds: "labels" });
      await outlines.end();
      return { rows, summaries };
    },
  };
}

/** The objects of one page. */
interface Found {
  count: number;
  /** Where they are kept. */
  labels?: LabelImage;
}

async function labelFile(
  path: string,
  size: { width: number; height: number; pixelSize?: PixelSize },
  run: RunIdentity | undefined,
): Promise<LabelSink> {
  if (!isZarrPath(path)) return tiffLabelSink(path, { ...size, onNotice: tell });
  // Written before an interruption; the other results of the objects are computed again.
  if (isFinished(path, run)) return { write: async () => {} };
  return zarrLabelSink(path, { ...size, chunk: 256, run, onNotice: tell });
}

/** What objects depend on: the scores, and how they were found. */
export function objectsRun(
  scores: RunIdentity,
  { out: { threshold, minimumSize, fillHoles, split } }: Task,
): RunIdentity {
  const found = Object.entries({ threshold, minimumSize, fillHoles, split });
  return { ...scores, ...Object.fromEntries(found.map(([name, value]) => [name, String(value)])) };
}

/** All objects' measures, as CSV or JSON. */
export async function writeTable(path: string, rows: InstanceRow[]): Promise<void> {
  await writeRows(path, rows, instancesToCsv);
}

/** Writes the row of each image, as CSV or JSON. */
export async function writeSummary(path: string, rows: InstanceSummaryRow[]): Promise<void> {
  await writeRows(path, rows, summariesToCsv);
}

async function writeRows<Row>(path: string, rows: Row[], toCsv: (rows: Row[]) => string): Promise<void> {
  const json = extname(path).toLowerCase() === ".json";
  await writeWhole(path, [json ? `${JSON.stringify(rows, null, 2)}\n` : toCsv(rows)]);
}
