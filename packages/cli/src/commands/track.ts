import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatTracks, maskIn, onceEach, type Track } from "@unet/datasets";
import { type Image, type LabelImage, openImages, writeImage } from "@unet/image";
import { writeFolder } from "@unet/image/node";
import { scoreImage } from "@unet/inference";
import { trackInstances } from "@unet/inference/instances";
import type { Command } from "commander";
import { UsageError } from "../messages/errors.js";
import { Progress } from "../messages/progress.js";
import { assertNewFolder } from "../outputs/assert-folder.js";
import { type Augmentation, assertRuns, foldersIn, openNetworks, ttaOption } from "../predict/networks.js";
import { type TaskOptions, taskBy, tellTask, withTaskOptions } from "../predict/task-options.js";
import { interruptible } from "../process/signals.js";
import { type Frames, openFrames } from "../track/frames.js";
import { TrackTable } from "../track/track-table.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { byteCount, positive, wholeNumber } from "../usage/options.js";
import { addPlaneOptions, type PlaneOptions, planesOf } from "../usage/plane-options.js";

interface TrackOptions extends CommonOptions, Omit<TaskOptions, "split">, PlaneOptions {
  out: string;
  start?: string;
  smoothing: number;
  tileSize?: number;
  memory?: number;
  tta?: Augmentation;
}

export function trackCommand(): Command {
  const base = command(
    "track",
    "Follow objects over the frames of a time-lapse sequence, and write them as the Cell Tracking Challenge does.",
    { computes: true },
  )
    .argument(
      "<run>",
      "a network of unet networks, or the folder of a run; several between commas: their mean",
    )
    .argument("<frames...>", "images, folders of them, patterns such as 'a/t*.tif', or a TIFF of many pages")
    .requiredOption("--out <folder>", "a new or an empty one; gets mask000.tif … and res_track.txt")
    .option("--start <file>", "labels of the frame before the first, whose objects keep their numbers");
  withTaskOptions(base, { parting: false })
    .option(
      "--smoothing <px>",
      "deviation by which scores are smoothed where objects are parted",
      positive,
      2,
    )
    .option("--tile-size <px>", "side of a tile's input (default: chosen for the image)", wholeNumber(1))
    .option("--memory <size>", "what the computation may take, such as 500M or 2G (default: 1G)", byteCount)
    .addOption(ttaOption());
  return addPlaneOptions(base).action(track);
}

async function track(run: string, given: string[], options: TrackOptions): Promise<void> {
  const { out, start, tta, json } = options;
  assertRuns(run);
  const { onNotice } = onceEach({ onNotice: tell });
  const frames = await openFrames(given, { ...planesOf(options), onNotice });
  try {
    await assertNewFolder(out, "--out", [...foldersIn(run), ...frames.paths, start]);
    const before = start === undefined ? undefined : await readStart(start, frames);
    await startBackend(options);
    const networks = await openNetworks(run, tta, { quiet: json });
    try {
      const { predictor } = networks;
      const task = taskBy(predictor, options);
      if (!json) tellTask(task, { known: predictor.task !== undefined, tta: networks.tta, parting: false });
      const { tileSize, memory, channels } = options;
      const signal = interruptible();
      const score = async (image: Awaited<ReturnType<Frames["open"]>>) =>
        scoreImage(image, predictor, task, { tileSize, memory, channels, signal, onNotice });
      const { threshold, minimumSize, fillHoles } = task.out;
      const { smoothing } = options;
      const scores = scoresOf(frames, score, json);
      const found = trackInstances(scores, {
        channel: 0,
        start: before,
        threshold,
        minimumSize,
        fillHoles,
        smoothing,
      });
      report(await writeTracks(out, found, frames), frames, options);
    } finally {
      networks.dispose();
    }
  } finally {
    await frames.close();
  }
}

/** The labels of the frame before the first. */
async function readStart(path: string, { width, height, names }: Frames): Promise<LabelImage> {
  const file = await openImages(path, { onNotice: tell });
  try {
    if (file.length > 1) throw new UsageError(`--start ${path} has ${file.length} pages; give one`);
    const labels = await maskIn(file, 0, path, { kind: "instances", onNotice: tell });
    if (labels.width === width && labels.height === height) return labels;
    throw new UsageError(
      `--start ${path} is ${labels.width} × ${labels.height}, but ${names[0]} is ${width} × ${height}`,
    );
  } finally {
    await file.close();
  }
}

/** The scores of each frame, as they are asked for. */
async function* scoresOf(
  frames: Frames,
  score: (image: Awaited<ReturnType<Frames["open"]>>) => Promise<Image>,
  quiet: boolean | undefined,
): AsyncGenerator<Image> {
  const progress = quiet ? undefined : new Progress("track", frames.length, "frames");
  try {
    for (let index = 0; index < frames.length; index++) {
      yield await score(await frames.open(index));
      progress?.update(index + 1);
    }
  } finally {
    progress?.stop();
  }
}

/** Writes each frame's mask as it is found; the folder gets its name when all are there. */
async function writeTracks(
  out: string,
  found: AsyncIterable<LabelImage>,
  { first, length }: Frames,
): Promise<Track[]> {
  const table = new TrackTable();
  const digits = Math.max(3, String(first + length - 1).length);
  let frame = first;
  const fill = async (folder: string) => {
    for await (const objects of found) {
      const { width, height, data } = table.add(frame, objects);
      const mask = { width, height, channels: 1, data: Uint16Array.from(data) };
      const name = `mask${String(frame).padStart(digits, "0")}.tif`;
      await writeImage(join(folder, name), mask, { holds: "labels" });
      frame++;
    }
    await writeFile(join(folder, "res_track.txt"), formatTracks(table.tracks));
  };
  await writeFolder(out, fill).catch((error) => {
    if (error instanceof DOMException && error.name === "AbortError") {
      tell(`stopped    after ${frame - first} of ${length} frames; nothing is written`);
    }
    throw error;
  });
  return table.tracks;
}

function report(tracks: Track[], { length, first, names }: Frames, { out, json }: TrackOptions): void {
  const objects = tracks.reduce((sum, track) => sum + track.last - track.first + 1, 0);
  if (json) {
    console.log(JSON.stringify({ out, frames: length, first, tracks: tracks.length, objects }));
    return;
  }
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  console.log(
    `${out}  ${many(length, "frame")}, ${many(tracks.length, "track")}, ${many(objects, "object")}`,
  );
  if (first === 0 && !/^t0+\./.test(names[0]))
    tell(`frames     are numbered from 0 on: frame 0 is ${names[0]}`);
}
