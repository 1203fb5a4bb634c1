import { extname } from "node:path";
import { cropMirrored, type Image, writeImage } from "@unet/image";
import { assertLabelMemory, type Predictor, type Task, type WindowedSource } from "@unet/inference";
import type { InstanceRow, InstanceSummaryRow } from "@unet/inference/instances";
import type { RunIdentity } from "@unet/inference/zarr";
import { UsageError } from "../messages/errors.js";
import { type Input, type InputOptions, openInput } from "./inputs.js";
import { DEFAULT_MEMORY, instanceWriter } from "./instances.js";
import { pageFile, writeOverlay } from "./overlay.js";
import { type ScoreOptions, type Scores, scoresInFile, scoresInMemory, temporaryScores } from "./scores.js";
import { removeDeadScores, scoresFolder } from "./scores-folder.js";

/** What is written of one input. */
export interface Job {
  input: string;
  /** Name of the input in the progress bar. */
  name: string;
  /** The scores. */
  scores?: string;
  /** Each pixel's class. */
  classes?: string;
  /** Files of objects. */
  labels: string[];
  /** What the objects of a Zarr depend on. */
  objectsRun?: RunIdentity;
  geojson?: string;
  /** Outlines for ImageJ. */
  rois?: string;
  /** The table with a row for each image, one for all inputs. */
  summary?: string;
  /** The picture of what was found; in a folder each page of a stack has its own. */
  overlay?: { path: string; inFolder: boolean };
  /** The table of the objects' measures; several inputs may have one in common. */
  table?: string;
  /** The first of the results: temporary scores are kept beside it, where scores themselves are not wanted. */
  beside: string;
}

/** What was written of one input. */
export interface Written {
  pages: number;
  width: number;
  height: number;
  /** How many objects there are, where they were wanted. */
  objects?: number;
  rows: InstanceRow[];
  summaries: InstanceSummaryRow[];
}

/**
 * Segments one image, or each of a stack. Memory holds a few tiles of an image of any size, except for results that are made
 * of the whole image: PNG, stacks, overlays, and objects split along contours.
 *
 * @param identify what the scores of a page depend on
 */
export async function segment(
  job: Job,
  predictor: Predictor,
  identify: (path: string, page: number) => Promise<RunIdentity>,
  options: ScoreOptions & InputOptions,
): Promise<Written> {
  const images = await openInput(job.input, options);
  try {
    const done = await segmentImages(images, job, predictor, identify, options);
    await removeDeadScores(job.beside);
    return done;
  } finally {
    await images.close();
  }
}

async function segmentImages(
  images: Input,
  job: Job,
  predictor: Predictor,
  identify: (path: string, page: number) => Promise<RunIdentity>,
  options: ScoreOptions,
): Promise<Written> {
  const { input, name, labels, geojson, rois, overlay, table, summary } = job;
  const { task, memory } = options;
  const pages = images.length;
  if (overlay && !overlay.inFolder && pages > 1) {
    throw new UsageError(`--overlay must be a folder for ${pages} pages, got ${overlay.path}`);
  }
  const single = [job.scores, job.classes, ...labels].find((path) => /\.(png|zarr)$/i.test(path ?? ""));
  if (single !== undefined && pages > 1)
    throw new UsageError(`${single} can't hold ${pages} pages; write a .tif`);
  const drawsClasses = isOverlayOfClasses(job, task);
  const kept = overlay !== undefined && !drawsClasses;
  const wanted =
    kept || labels.length > 0 || [table, summary, geojson, rois].some((path) => path !== undefined);
  const objects = wanted
    ? instanceWriter(
        images,
        { labels, run: job.objectsRun, geojson, rois, table: table !== undefined, kept },
        { task: { ...task, aim: "instances" }, memory },
      )
    : undefined;
  const classes =
    job.classes !== undefined || drawsClasses
      ? instanceWriter(
          images,
          { labels: job.classes === undefined ? [] : [job.classes], table: false, kept: drawsClasses },
          { task: { ...task, aim: "classes" }, memory },
        )
      : undefined;
  const results: Image<Float32Array>[] = [];
  const done = { pages, width: 0, height: 0, ...(objects && { objects: 0 }) };

  const scoresOf = async (image: WindowedSource, page: number): Promise<Scores> => {
    const label = pages > 1 ? `${name} ${page + 1}/${pages}` : name;
    const run = await identify(input, page);
    const folder = scoresFolder(job.beside, run);
    const { scores: path } = job;
    if (path === undefined) {
      return temporaryScores(image, label, folder, run, predictor, options, allClassesFor(job, task));
    }
    if (pages === 1 && extname(path).toLowerCase() !== ".png") {
      const target = { path, temporary: folder, pixelSize: images.pixelSize };
      return scoresInFile(image, label, target, run, predictor, options);
    }
    const map = await scoresInMemory(image, label, predictor, options);
    results.push(map);
    const { width, height } = map;
    const read: WindowedSource["read"] = async (rect) => cropMirrored(map, rect);
    return { source: { width, height, channels: 1, read }, close: async () => {} };
  };

  for (let page = 0; page < pages; page++) {
    const image = await images.open(page);
    const { width, height } = image;
    if (wanted) assertLabelMemory(image, { ...task, aim: "instances" }, memory ?? DEFAULT_MEMORY);
    Object.assign(done, { width, height });
    const scores = await scoresOf(image, page);
    let complete = false;
    try {
      const map = await classes?.find(scores.classes ?? scores.source, image, page, options.signal);
      const found = await objects?.find(scores.source, image, page, options.signal);
      if (done.objects !== undefined) done.objects += found!.count;
      if (overlay) {
        const path = pages > 1 ? pageFile(overlay.path, page) : overlay.path;
        const [drawn, kind] = drawsClasses ? ([map, "classes"] as const) : ([found, "instances"] as const);
        await writeOverlay(path, await wholeOf(image), drawn!.labels!, kind);
      }
      complete = true;
    } finally {
      await scores.close(complete);
    }
  }
  if (job.scores !== undefined && results.length > 0) await writeScores(job.scores, results, images);
  await classes?.end();
  return { ...done, ...((await objects?.end()) ?? { rows: [], summaries: [] }) };
}

/** Whether the scores of all classes are needed: each pixel's class is the likeliest of more than two. */
export function allClassesFor(job: Job, task: Task): boolean {
  return (job.classes !== undefined || isOverlayOfClasses(job, task)) && task.out.score.length > 2;
}

/** Whether classes are drawn, not objects: where the task's aim is classes and no objects are asked for. */
function isOverlayOfClasses({ overlay, scores, labels }: Job, { aim }: Task): boolean {
  return overlay !== undefined && aim === "classes" && scores === undefined && labels.length === 0;
}

function wholeOf(image: WindowedSource): Promise<Image> {
  return image.read({ x: 0, y: 0, width: image.width, height: image.height });
}

async function writeScores(
  path: string,
  scores: Image<Float32Array>[],
  { frames, pixelSize }: Input,
): Promise<void> {
  const png = extname(path).toLowerCase() === ".png";
  await writeImage(path, png ? scores.map(toBytes) : scores, { frames, pixelSize, holds: "probabilities" });
}

/** Probabilities as 8 bits, 255 for 1: what PNG can hold. */
function toBytes({ width, height, channels, data }: Image<Float32Array>): Image<Uint8Array> {
  return { width, height, channels, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
}
