import { extname } from "node:path";
import { type Image, type LabelImage, writeImage, writeLabels } from "@unet/image";
import { argMax, type Predictor, type WindowedSource } from "@unet/inference";
import type { InstanceRow, InstanceSummaryRow } from "@unet/inference/instances";
import type { RunIdentity } from "@unet/inference/zarr";
import { UsageError } from "../errors.js";
import { type Input, type OpenOptions, openInput } from "./inputs.js";
import { type InstanceOptions, instanceWriter } from "./instances.js";
import { pageFile, writeOverlay } from "./overlay.js";
import {
  classOf,
  type ScoreOptions,
  type Scores,
  scoresInFile,
  scoresInMemory,
  temporaryScores,
} from "./scores.js";
import { removeDeadScores, scoresFolder } from "./scores-folder.js";

/** What is written of one input. */
export interface Job {
  input: string;
  /** How the input is called while it is computed. */
  name: string;
  /** The probabilities of the class, or each pixel's class. */
  out?: { path: string; as: "probabilities" | "labels" };
  /** Files of objects. */
  labels: string[];
  /** What the objects of a Zarr depend on. */
  objectsRun?: RunIdentity;
  geojson?: string;
  /** Outlines for ImageJ. */
  rois?: string;
  /** The table of what is told of each image, common to all. */
  summary?: string;
  /** The picture of what was found; in a folder each page of a stack has its own. */
  overlay?: { path: string; inFolder: boolean };
  /** The table of the objects' measures; several inputs may have one in common. */
  table?: string;
  /** The first of the results: temporary scores are kept beside it, where scores themselves are not wanted. */
  beside: string;
}

/** What was written of one input. */
export interface Segmented {
  pages: number;
  width: number;
  height: number;
  /** How many objects there are, where they were wanted. */
  objects?: number;
  rows: InstanceRow[];
  summaries: InstanceSummaryRow[];
}

/**
 * Segments one image, or each of a stack. Of an image of any size no more is in memory than a few tiles, but where the
 * result has to be there: PNG, stacks, overlays, and the classes of pixels.
 *
 * @param identify what the scores of a page depend on
 */
export async function segment(
  job: Job,
  predictor: Predictor,
  identify: (path: string, page: number) => Promise<RunIdentity>,
  options: ScoreOptions & InstanceOptions & OpenOptions,
): Promise<Segmented> {
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
  options: ScoreOptions & InstanceOptions,
): Promise<Segmented> {
  const { input, name, out, labels, geojson, rois, overlay, table, summary } = job;
  const pages = images.length;
  if (overlay && !overlay.inFolder && pages > 1) {
    throw new UsageError(`--overlay must be a folder for ${pages} pages, got ${overlay.path}`);
  }
  const single = [out?.path, ...labels].find((path) => path !== undefined && /\.(png|zarr)$/i.test(path));
  if (single !== undefined && pages > 1)
    throw new UsageError(`${single} can't hold ${pages} pages; write a .tif`);
  const kept = overlay !== undefined;
  const wanted =
    kept || labels.length > 0 || [table, summary, geojson, rois].some((path) => path !== undefined);
  const objects = wanted
    ? instanceWriter(
        images,
        { labels, run: job.objectsRun, geojson, rois, table: table !== undefined, kept },
        options,
      )
    : undefined;
  const results: Array<Image<Float32Array> | LabelImage> = [];
  const done = { pages, width: 0, height: 0, ...(objects && { objects: 0 }) };

  const scoresOf = async (image: WindowedSource, page: number): Promise<Scores> => {
    const label = pages > 1 ? `${name} ${page + 1}/${pages}` : name;
    const run = await identify(input, page);
    if (!out) {
      return temporaryScores(image, label, scoresFolder(job.beside, run), run, predictor, options);
    }
    const { path, as } = out;
    if (as === "probabilities" && pages === 1 && extname(path).toLowerCase() !== ".png") {
      const { pixelSize } = images;
      return scoresInFile(image, label, { path, pixelSize }, run, predictor, options);
    }
    const all = await scoresInMemory(image, label, predictor, options);
    const scores = classOf(all, options.class);
    results.push(as === "labels" ? argMax(all) : scores.image);
    return scores;
  };

  for (let page = 0; page < pages; page++) {
    const image = await images.open(page);
    const { width, height } = image;
    Object.assign(done, { width, height });
    const scores = await scoresOf(image, page);
    let complete = false;
    try {
      const found = await objects?.find(scores.source, image, page, options.signal);
      if (done.objects !== undefined) done.objects += found!.count;
      if (overlay) {
        const path = pages > 1 ? pageFile(overlay.path, page) : overlay.path;
        await writeOverlay(path, await wholeOf(image), found!.labels!);
      }
      complete = true;
    } finally {
      await scores.close(complete);
    }
  }
  if (out && results.length > 0) await writeResults(out, results, images);
  return { ...done, ...((await objects?.end()) ?? { rows: [], summaries: [] }) };
}

function wholeOf(image: WindowedSource): Promise<Image> {
  return image.read({ x: 0, y: 0, width: image.width, height: image.height });
}

async function writeResults(
  { path, as }: { path: string; as: "probabilities" | "labels" },
  results: Array<Image<Float32Array> | LabelImage>,
  { frames, pixelSize }: Input,
): Promise<void> {
  const said = { frames, pixelSize, holds: as };
  if (as === "labels") return writeLabels(path, results as LabelImage[], said);
  const images = results as Image<Float32Array>[];
  await writeImage(path, extname(path).toLowerCase() === ".png" ? images.map(toBytes) : images, said);
}

/** Probabilities as 8 bits, 255 for 1: what PNG can hold. */
function toBytes({ width, height, channels, data }: Image<Float32Array>): Image<Uint8Array> {
  return { width, height, channels, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
}
