import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { onceEach } from "@unet/datasets";
import type { Task } from "@unet/inference";
import type { InstanceRow, InstanceSummaryRow } from "@unet/inference/instances";
import type { RunIdentity } from "@unet/inference/zarr";
import { type Command, Option } from "commander";
import { CommandError, UsageError } from "../messages/errors.js";
import { inWords } from "../messages/in-words.js";
import { assertOutputs, type Output } from "../outputs/assert-outputs.js";
import { isFinished, isZarrPath } from "../predict/finished.js";
import { identifier } from "../predict/identity.js";
import { expandInputs, isZarr, openInput } from "../predict/inputs.js";
import { objectsRun, writeSummary, writeTable } from "../predict/instances.js";
import { type Augmentation, assertRuns, foldersIn, openNetworks, ttaOption } from "../predict/networks.js";
import { allClassesFor, type Job, segment, type Written } from "../predict/segment.js";
import { isFolderName, type Named, resultNamesOf, targetsOf } from "../predict/targets.js";
import { type TaskOptions, taskBy, tellTask, withTaskOptions } from "../predict/task-options.js";
import { interruptible } from "../process/signals.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { byteCount, wholeNumber } from "../usage/options.js";
import { addPlaneOptions, type PlaneOptions } from "../usage/plane-options.js";

const kinds = ["probabilities", "labels", "instances"] as const;
/** Files of images; the first is what folders are filled with. */
const images = [".tif", ".tiff", ".png"];

interface PredictOptions extends CommonOptions, TaskOptions, PlaneOptions {
  out?: string;
  as?: (typeof kinds)[number];
  tileSize?: number;
  memory?: number;
  tta?: Augmentation;
  overlay?: string;
  instances?: string;
  table?: string;
  summary?: string;
  geojson?: string;
  rois?: string;
  forbiddenIsAbsent?: true;
}

export function predictCommand(): Command {
  const base = command(
    "predict",
    "Segment images of any size as the model is meant to; a stack gives a stack. With no path to write to, NAME-objects.tif and NAME-objects.csv, or NAME-classes.tif, are written here.",
    { computes: true },
  )
    .argument(
      "<run>",
      "a network of unet networks, the folder of a run, or a model.onnx; several between commas: their mean",
    )
    .argument(
      "<images...>",
      "PNG, TIFF, JPEG and OME-Zarr images, folders of them, or patterns such as 'a/*.tif'",
    )
    .option("--out <path>", "a file for one input (.tif, .png, .zarr), or a folder")
    .addOption(
      new Option(
        "--as <what>",
        "what --out holds: the score, the class of each pixel, or objects (default: probabilities)",
      ).choices(kinds),
    )
    .option("--instances <path>", "write the objects: a .tif, .png or .zarr, or a folder")
    .option(
      "--table <file>",
      "write each object's size, shape, place, grey values and mean score: one .csv or .json, or a folder for one each",
    )
    .option("--summary <file>", "write each image's count, density, mean and total area: a .csv or .json")
    .option("--geojson <path>", "write the objects' outlines: a .geojson, or a folder")
    .option("--rois <path>", "write the outlines for ImageJ's ROI Manager: a .zip, or a folder")
    .option("--overlay <path>", "draw what was found on the image: a .png, or a folder");
  withTaskOptions(base)
    .option("--tile-size <px>", "side of a tile's input (default: chosen for the image)", wholeNumber(1))
    .option("--memory <size>", "what the computation may take, such as 500M or 2G (default: 1G)", byteCount)
    .addOption(ttaOption());
  return addPlaneOptions(base)
    .option("--forbidden-is-absent", "take chunks of a Zarr that a server forbids to read (403) as absent")
    .action(predict);
}

async function predict(run: string, given: string[], options: PredictOptions, made: Command): Promise<void> {
  assertRuns(run);
  const inputs = await expandInputs(given);
  const named = await namedInputs(inputs, options);
  const asked = isAsked(options) ? jobsOf(run, named, options) : undefined;
  const backend = await startBackend(options);
  const networks = await openNetworks(run, options.tta, { quiet: options.json });
  const { predictor } = networks;
  const tables = new Map<string, InstanceRow[]>();
  const summaries: InstanceSummaryRow[] = [];
  try {
    const task = taskBy(predictor, options);
    const jobs = asked ?? usualJobs(run, named, task);
    const { tta } = networks;
    if (!options.json) tellTask(task, { known: predictor.task !== undefined, tta });
    const choices = {
      ...options,
      ...onceEach({ maxPixels: options.maxPixels, onNotice: tell }),
      task,
      signal: interruptible(),
    };
    const allClasses = allClassesFor(jobs[0], task);
    const identify = identifier(await networks.checksums(), {
      ...{ ...options, task, tta, allClasses },
      backend: backend.name,
    });
    for (const job of jobs) await identifyZarrs(job, identify, task);
    await makeFolders(jobs);
    const failed = await inBatch(jobs, made, async (job) => {
      const { input, table } = job;
      const done = await segment(job, predictor, identify, choices);
      const where = inputs.length > 1 ? { image: input } : {};
      if (table !== undefined) {
        const rows = tables.get(table) ?? [];
        for (const row of done.rows) rows.push({ ...where, ...row });
        tables.set(table, rows);
      }
      for (const row of done.summaries) summaries.push({ ...where, ...row });
      report(job, done, options);
    });
    for (const [path, rows] of tables) await writeTable(path, rows);
    if (options.summary !== undefined) await writeSummary(options.summary, summaries);
    if (failed) throw failed;
  } finally {
    networks.dispose();
  }
}

/**
 * Does one job after the other. One that fails doesn't end the others: what failed is told at the end, each with its
 * reason.
 *
 * @returns the error that says so, where any failed
 * @throws DOMException named `AbortError` where the batch was interrupted; of a single job its own error
 */
async function inBatch(
  jobs: Job[],
  made: Command,
  work: (job: Job) => Promise<void>,
): Promise<CommandError | undefined> {
  const { json } = made.opts<PredictOptions>();
  const failed = new Map<string, string[]>();
  let done = 0;
  for (const job of jobs) {
    const { input } = job;
    try {
      await work(job);
      done++;
    } catch (error) {
      if (jobs.length === 1) throw error;
      if (error instanceof DOMException && error.name === "AbortError") {
        const table = job.table === undefined ? "" : "; no table is written";
        tell(`stopped    in ${input}; ${done} of ${jobs.length} images are done${table}`);
        throw error;
      }
      // The file is named with others that failed for the same reason.
      const reason = inWords(error, made).replace(`${input}: `, "");
      failed.set(reason, [...(failed.get(reason) ?? []), input]);
      if (json) console.log(JSON.stringify({ input, error: reason }));
    }
  }
  if (failed.size === 0) return undefined;
  if (!json) for (const [reason, inputs] of failed) tell(`failed     ${inputs.join(", ")}: ${reason}`);
  const rest = done === 0 ? "" : `; the other ${done === 1 ? "one is" : `${done} are`} done`;
  return new CommandError(`${jobs.length - done} of ${jobs.length} images failed${rest}`);
}

/** The inputs with what their results are called, and whether those may go into a Zarr of one image. */
async function namedInputs(inputs: string[], planes: PlaneOptions): Promise<Named[]> {
  const names = resultNamesOf(inputs);
  return Promise.all(
    inputs.map(async (path, i) => {
      if (!isZarr(path)) return { path, name: names[i], zarr: false };
      // One that can't be opened fails when its turn comes.
      const single = await openInput(path, planes).then(
        ({ length }) => length === 1,
        () => true,
      );
      return { path, name: names[i], zarr: single };
    }),
  );
}

/** Whether any place to write to was named. */
function isAsked(options: PredictOptions): boolean {
  const { as, out, instances, geojson, rois, table, summary, overlay } = options;
  if (as !== undefined && out === undefined) throw new UsageError("--as says what --out holds; give --out");
  return [out, instances, geojson, rois, table, summary, overlay].some((path) => path !== undefined);
}

/**
 * What is written where nothing was named: what the task is for, into the working directory.
 *
 * @throws UsageError where any of it exists
 */
function usualJobs(run: string, inputs: Named[], { aim }: Task): Job[] {
  const jobs = inputs.map(({ path: input, name }): Job => {
    const shared = { input, name: basename(input) };
    const [classes, labels, table] = ["-classes.tif", "-objects.tif", "-objects.csv"].map(
      (end) => `${name}${end}`,
    );
    return aim === "classes"
      ? { ...shared, classes, labels: [], beside: classes }
      : { ...shared, labels: [labels], table, beside: labels };
  });
  const files = jobs.flatMap(({ input, classes, labels, table }) =>
    [classes, ...labels, table].flatMap((path) => (path === undefined ? [] : [{ of: input, path }])),
  );
  const there = files.filter(({ path }) => existsSync(path)).map(({ path }) => path);
  if (there.length > 0) {
    const which =
      there.length > 3 ? `${there.slice(0, 2).join(", ")} and ${there.length - 2} others` : there.join(", ");
    const instead = aim === "classes" ? "--out and --as labels" : "--instances and --table";
    throw new UsageError(
      `${which} exist${there.length > 1 ? "" : "s"} here; remove ${there.length > 1 ? "them" : "it"}, or name other places by ${instead}`,
    );
  }
  assertOutputs(
    files.map((file) => ({ ...file, option: "the result" })),
    [...inputs.map(({ path }) => path), ...foldersIn(run)],
  );
  return jobs;
}

/**
 * What is to be written of each input.
 *
 * @throws UsageError where a path does not suit
 */
function jobsOf(run: string, inputs: Named[], options: PredictOptions): Job[] {
  const { as = "probabilities", out, instances, geojson, rois, table, summary, overlay } = options;
  const targets = (option: string, path: string | undefined, extensions: string[]) =>
    path === undefined ? [] : targetsOf(inputs, option, path, extensions);
  const results = targets(
    as === "labels" ? "--out of labels" : "--out",
    out,
    as === "labels" ? images : [...images, ".zarr"],
  );
  const objects = targets("--instances", instances, [...images, ".zarr"]);
  const outlines = targets("--geojson", geojson, [".geojson", ".json"]);
  const regions = targets("--rois", rois, [".zip"]);
  const overlays = targets("--overlay", overlay, [".png"]);
  // One table has the objects of all inputs.
  const one = table !== undefined && !isFolderName(table) ? inputs.slice(0, 1) : inputs;
  const tables = table === undefined ? [] : targetsOf(one, "--table", table, [".csv", ".json"]);
  if (summary !== undefined && isFolderName(summary)) {
    throw new UsageError(`--summary must end in .csv or .json, got ${summary}`);
  }
  const summaries =
    summary === undefined ? [] : targetsOf(inputs.slice(0, 1), "--summary", summary, [".csv", ".json"]);
  const each = (option: string, paths: string[], pages = false): Output[] =>
    paths.flatMap((path, i) => placesOf({ path, option, of: inputs[i].path, pages }));
  const pages = overlay !== undefined && overlays[0] !== overlay;
  assertOutputs(
    [
      ...[...each("--out", results), ...each("--instances", objects), ...each("--geojson", outlines)],
      ...[...each("--rois", regions), ...each("--overlay", overlays, pages)],
      ...[...each("--table", tables), ...each("--summary", summaries)],
    ],
    [...inputs.map(({ path }) => path), ...foldersIn(run)],
  );
  return inputs.map(({ path: input }, i): Job => {
    const labels = as === "instances" ? [results[i], objects[i]] : [objects[i]];
    const own = {
      geojson: outlines[i],
      rois: regions[i],
      table: tables[i] ?? tables[0],
      summary: summaries[0],
    };
    const first = [results[i], objects[i], outlines[i], regions[i], own.table, own.summary, overlays[i]];
    return {
      input,
      name: basename(input),
      ...own,
      scores: as === "probabilities" ? results[i] : undefined,
      classes: as === "labels" ? results[i] : undefined,
      labels: labels.filter((path) => path !== undefined),
      overlay:
        overlays[i] === undefined ? undefined : { path: overlays[i], inFolder: overlays[i] !== overlay },
      beside: first.find((path) => path !== undefined)!,
    };
  });
}

/** A Zarr also takes the names that it has until it is complete. */
function placesOf(output: Output): Output[] {
  if (!isZarrPath(output.path)) return [output];
  const [part, lock] = [".part", ".lock"].map((end) => ({ ...output, path: output.path + end }));
  return [{ ...output, folder: true }, { ...part, folder: true }, lock];
}

/**
 * Says what the objects in a Zarr depend on.
 *
 * @throws UsageError where a Zarr exists that is not of this very run, which is never written over
 */
async function identifyZarrs(
  job: Job,
  identify: (path: string, page: number) => Promise<RunIdentity>,
  task: Task,
): Promise<void> {
  const { labels, input } = job;
  const scores = job.scores !== undefined && isZarrPath(job.scores) ? job.scores : undefined;
  const objects = labels.filter(isZarrPath);
  if (scores === undefined && objects.length === 0) return;
  // A Zarr takes no stack, so it is that of the first page; an input that can't be read fails when its turn comes.
  const run = await identify(input, 0).catch(() => undefined);
  job.objectsRun = run && objectsRun(run, task);
  if (scores !== undefined) isFinished(scores, run);
  for (const path of objects) isFinished(path, job.objectsRun);
}

async function makeFolders(jobs: Job[]): Promise<void> {
  const files = jobs.flatMap(({ scores, classes, labels, geojson, rois, table, summary, overlay }) => [
    ...[scores, classes, geojson, rois, table, summary, overlay?.path],
    ...labels,
  ]);
  for (const path of new Set(files)) if (path !== undefined) await mkdir(dirname(path), { recursive: true });
}

function report(
  { input, scores, classes, labels, geojson, beside }: Job,
  done: Written,
  options: PredictOptions,
): void {
  const { pages, width, height, objects, summaries } = done;
  const output = scores ?? classes ?? labels[0] ?? geojson ?? beside;
  if (options.json) {
    const as = scores !== undefined ? "probabilities" : classes !== undefined ? "labels" : options.as;
    const summary = summaries.length > 0 ? { summary: summaries } : {};
    console.log(JSON.stringify({ input, output, pages, ...(as && { as }), objects, ...summary }));
    return;
  }
  const found = objects === undefined ? "" : `, ${objectsIn(objects, summaries)}`;
  console.log(`${output}  ${pages} page${pages === 1 ? "" : "s"} of ${width} × ${height}${found}`);
}

/** How many objects there are, how large they are, and how dense: over all pages, which are of one size. */
function objectsIn(count: number, summaries: InstanceSummaryRow[]): string {
  if (count === 0) return "0 objects";
  const sum = (of: (row: InstanceSummaryRow) => number) => summaries.reduce((all, row) => all + of(row), 0);
  const mean = (of: (row: InstanceSummaryRow) => number) => sum(of) / summaries.length;
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const um2 = sum((row) => row.physical?.totalAreaUm2 ?? Number.NaN) / count;
  const inUm2 = Number.isNaN(um2) ? "" : ` (${short(um2)} µm²)`;
  const density = mean((row) => row.physical?.densityPerMm2 ?? Number.NaN);
  return [
    `${count} object${count === 1 ? "" : "s"}`,
    `mean area ${short(sum((row) => row.totalArea) / count)} px${inUm2}`,
    `${short(100 * mean((row) => row.areaFraction))} % of the image`,
    ...(Number.isNaN(density) ? [] : [`${short(density)} in 1 mm²`]),
  ].join(", ");
}
