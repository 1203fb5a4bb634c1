import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { onceEach } from "@unet/datasets";
import { asPredictor, withRotations, withSymmetries } from "@unet/inference";
import type { InstanceRow, InstanceSummaryRow } from "@unet/inference/instances";
import type { RunIdentity } from "@unet/inference/zarr";
import { type Command, Option } from "commander";
import { type CommonOptions, command, startBackend, tell } from "../command.js";
import { CommandError, UsageError } from "../errors.js";
import { inWords } from "../in-words.js";
import { byteCount, wholeNumber } from "../options.js";
import { assertOutputs, type Output } from "../outputs/assert-outputs.js";
import { addPlaneOptions, type PlaneOptions } from "../plane-options.js";
import { isFinished, isZarrPath } from "../predict/finished.js";
import { identifier } from "../predict/identity.js";
import { expandInputs, isZarr, openInput } from "../predict/inputs.js";
import {
  type InstanceOptions,
  objectsRun,
  withInstanceOptions,
  writeSummary,
  writeTable,
} from "../predict/instances.js";
import { type Job, type Segmented, segment } from "../predict/segment.js";
import { isFolderName, type Named, namesOf, targetsOf } from "../predict/targets.js";
import { assertRun, openRun } from "../run.js";
import { interruptible } from "../signals.js";

const kinds = ["probabilities", "labels", "instances"] as const;
/** Files of images; the first is what folders are filled with. */
const images = [".tif", ".tiff", ".png"];
const augmentations = { none: asPredictor, symmetries: withSymmetries, rotations: withRotations };

interface PredictOptions extends CommonOptions, InstanceOptions, PlaneOptions {
  out?: string;
  as: (typeof kinds)[number];
  tile?: number;
  memory?: number;
  tta: keyof typeof augmentations | true;
  overlay?: string;
  instances?: string;
  table?: string;
  summary?: string;
  geojson?: string;
  rois?: string;
  class: number;
  forbiddenIsAbsent?: true;
}

export function predictCommand(): Command {
  const base = command("predict", "Segment images of any size by overlap-tile; a stack gives a stack.", {
    computes: true,
  })
    .argument("<run>", "folder of a run, or of a model")
    .argument(
      "<images...>",
      "PNG, TIFF, JPEG and OME-Zarr images, folders of them, or patterns such as 'a/*.tif'",
    )
    .option("--out <path>", "a file for one input (.tif, .png, .zarr), or a folder")
    .addOption(
      new Option("--as <what>", "what to write: the class's probabilities, the likeliest class, or objects")
        .choices(kinds)
        .default("probabilities"),
    )
    .option("--class <n>", "the class whose probabilities or objects are wanted", wholeNumber(0), 1)
    .option("--tile <px>", "side of a tile's input (default: chosen for the image)", wholeNumber(1))
    .option("--memory <size>", "what the computation may take, such as 500M or 2G (default: 1G)", byteCount)
    .addOption(
      new Option("--tta [how]", "average over turned images: 8 symmetries (if not said), or 7 rotations")
        .choices(Object.keys(augmentations))
        .default("none"),
    )
    .option("--overlay <path>", "draw what was found on the image: a .png, or a folder");
  return addPlaneOptions(withInstanceOptions(base))
    .option("--forbidden-is-absent", "take chunks of a Zarr that a server forbids to read (403) as absent")
    .action(predict);
}

async function predict(run: string, given: string[], options: PredictOptions, made: Command): Promise<void> {
  assertRun(run);
  const inputs = await expandInputs(given);
  const jobs = jobsOf(run, await namedInputs(inputs, options), options);
  const backend = await startBackend(options);
  const model = await openRun(run);
  const classes = model.outputs[0].shape.at(-1) as number;
  if (options.class >= classes) {
    throw new UsageError(`--class must be 0 to ${classes - 1} for this model, got ${options.class}`);
  }
  const predictor = augmentations[options.tta === true ? "symmetries" : options.tta](model);
  const choices = {
    ...options,
    ...onceEach({ maxPixels: options.maxPixels, onNotice: tell }),
    signal: interruptible(),
  };
  const tables = new Map<string, InstanceRow[]>();
  const summaries: InstanceSummaryRow[] = [];
  try {
    const identify = await identifier(model, { ...options, backend: backend.name });
    for (const job of jobs) await identifyZarrs(job, identify, options);
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
    model.dispose();
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
  const names = namesOf(inputs);
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

/**
 * What is to be written of each input.
 *
 * @throws UsageError where a path does not suit, or there is nothing to write
 */
function jobsOf(run: string, inputs: Named[], options: PredictOptions): Job[] {
  const { as, out, instances, geojson, rois, table, summary, overlay } = options;
  if ([out, instances, geojson, rois, table, summary, overlay].every((path) => path === undefined)) {
    throw new UsageError(
      "nothing to write; give --out, --instances, --table, --summary, --geojson, --rois or --overlay",
    );
  }
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
    [...inputs.map(({ path }) => path), run],
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
      ...{ input, name: basename(input), ...own },
      out: as === "instances" || out === undefined ? undefined : { path: results[i], as },
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
  options: InstanceOptions,
): Promise<void> {
  const { out, labels, input } = job;
  const scores = out && isZarrPath(out.path) ? out.path : undefined;
  const objects = labels.filter(isZarrPath);
  if (scores === undefined && objects.length === 0) return;
  // A Zarr takes no stack, so it is that of the first page; an input that can't be read fails when its turn comes.
  const run = await identify(input, 0).catch(() => undefined);
  job.objectsRun = run && objectsRun(run, options);
  if (scores !== undefined) isFinished(scores, run);
  for (const path of objects) isFinished(path, job.objectsRun);
}

async function makeFolders(jobs: Job[]): Promise<void> {
  const files = jobs.flatMap(({ out, labels, geojson, rois, table, summary, overlay }) => [
    ...[out?.path, geojson, rois, table, summary, overlay?.path],
    ...labels,
  ]);
  for (const path of new Set(files)) if (path !== undefined) await mkdir(dirname(path), { recursive: true });
}

function report(
  { input, out, labels, geojson, beside }: Job,
  done: Segmented,
  options: PredictOptions,
): void {
  const { pages, width, height, objects, summaries } = done;
  const output = out?.path ?? labels[0] ?? geojson ?? beside;
  if (options.json) {
    const { as } = options;
    const summary = summaries.length > 0 ? { summary: summaries } : {};
    console.log(
      JSON.stringify({ input, output, pages, ...(options.out !== undefined && { as }), objects, ...summary }),
    );
    return;
  }
  const found = objects === undefined ? "" : `, ${objectsIn(objects, summaries)}`;
  console.log(`${output}  ${pages} page${pages === 1 ? "" : "s"} of ${width} × ${height}${found}`);
}

/** How many objects there are, and how large they are. */
function objectsIn(count: number, summaries: InstanceSummaryRow[]): string {
  if (count === 0) return "0 objects";
  const sum = (of: (row: InstanceSummaryRow) => number) => summaries.reduce((all, row) => all + of(row), 0);
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const area = `mean area ${short(sum((row) => row.totalArea) / count)} px`;
  const um2 = sum((row) => row.physical?.totalAreaUm2 ?? Number.NaN) / count;
  const inUm2 = Number.isNaN(um2) ? "" : ` (${short(um2)} µm²)`;
  return `${count} object${count === 1 ? "" : "s"}, ${area}${inUm2}`;
}
