import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { asPredictor, withRotations, withSymmetries } from "@unet/inference";
import type { InstanceRow } from "@unet/inference/instances";
import { type Command, Option } from "commander";
import { type CommonOptions, command, startBackend } from "../command.js";
import { UsageError } from "../errors.js";
import { byteCount, wholeNumber } from "../options.js";
import { expandInputs } from "../predict/inputs.js";
import { type InstanceOptions, withInstanceOptions, writeTable } from "../predict/instances.js";
import { assertOverlay } from "../predict/overlay.js";
import { fingerprint } from "../predict/scores.js";
import { type Job, type Segmented, segment } from "../predict/segment.js";
import { assertApart, targetsOf } from "../predict/targets.js";
import { assertRun, openRun } from "../run.js";
import { interruptible } from "../signals.js";

const kinds = ["probabilities", "labels", "instances"] as const;
/** Files of images; the first is what folders are filled with. */
const images = [".tif", ".tiff", ".png"];
const augmentations = { none: asPredictor, symmetries: withSymmetries, rotations: withRotations };

interface PredictOptions extends CommonOptions, InstanceOptions {
  out?: string;
  as: (typeof kinds)[number];
  tile?: number;
  memory?: number;
  tta: keyof typeof augmentations | true;
  overlay?: string;
  instances?: string;
  table?: string;
  geojson?: string;
  class: number;
}

export function predictCommand(): Command {
  const base = command("predict", "Segment images of any size by overlap-tile; a stack gives a stack.", {
    computes: true,
  })
    .argument("<run>", "folder of a run, or of a model")
    .argument("<images...>", "PNG, TIFF and OME-Zarr images, folders of them, or patterns such as 'a/*.tif'")
    .option("--out <path>", "a file for one input (.tif, .png, .zarr), a folder for several")
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
    .option("--overlay <path>", "draw what was found on the image (.png; a folder for several)");
  return withInstanceOptions(base).action(predict);
}

async function predict(run: string, given: string[], options: PredictOptions): Promise<void> {
  assertRun(run);
  const inputs = await expandInputs(given);
  const jobs = jobsOf(inputs, options);
  const backend = await startBackend(options);
  const model = await openRun(run);
  const classes = model.outputs[0].shape.at(-1) as number;
  if (options.class >= classes) {
    throw new UsageError(`--class must be 0 to ${classes - 1} for this model, got ${options.class}`);
  }
  const predictor = augmentations[options.tta === true ? "symmetries" : options.tta](model);
  await makeFolders(jobs, options);
  const choices = { ...options, signal: interruptible() };
  const rows: InstanceRow[] = [];
  try {
    for (const job of jobs) {
      const identify = (path: string, page: number) =>
        fingerprint(model, path, page, { ...options, backend: backend.name });
      const { input } = job;
      const done = await segment(job, predictor, identify, choices);
      for (const row of done.rows) rows.push(inputs.length > 1 ? { image: input, ...row } : row);
      report(job, done, options);
    }
    if (options.table !== undefined) await writeTable(options.table, rows);
  } finally {
    model.dispose();
  }
}

/**
 * What is to be written of each input.
 *
 * @throws UsageError where a path does not suit, or there is nothing to write
 */
function jobsOf(inputs: string[], options: PredictOptions): Job[] {
  const { as, out, instances, geojson, table, overlay } = options;
  if ([out, instances, geojson, table, overlay].every((path) => path === undefined)) {
    throw new UsageError("nothing to write; give --out, --instances, --table, --geojson or --overlay");
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
  if (table !== undefined) targetsOf([table], "--table", table, [".csv", ".json"]);
  if (overlay !== undefined) assertOverlay(inputs, overlay);
  const others = [table, overlay].filter((path) => path !== undefined);
  assertApart(inputs, [...results, ...objects, ...outlines, ...others]);
  return inputs.map((input, i): Job => {
    const labels = as === "instances" ? [results[i], objects[i]] : [objects[i]];
    return {
      ...{ input, name: basename(input), geojson: outlines[i], overlay, table: table !== undefined },
      out: as === "instances" || out === undefined ? undefined : { path: results[i], as },
      labels: labels.filter((path) => path !== undefined),
      beside: [results[i], objects[i], outlines[i], ...others].find((path) => path !== undefined)!,
    };
  });
}

async function makeFolders(jobs: Job[], { table, overlay }: PredictOptions): Promise<void> {
  const files = jobs.flatMap(({ out, labels, geojson }) => [out?.path, geojson, ...labels]);
  for (const path of new Set([...files, table, overlay])) {
    if (path !== undefined) await mkdir(dirname(path), { recursive: true });
  }
}

function report(
  { input, out, labels, geojson, beside }: Job,
  done: Segmented,
  options: PredictOptions,
): void {
  const { pages, width, height, objects } = done;
  const output = out?.path ?? labels[0] ?? geojson ?? beside;
  if (options.json) {
    const { as } = options;
    console.log(JSON.stringify({ input, output, pages, ...(options.out !== undefined && { as }), objects }));
    return;
  }
  const found = objects === undefined ? "" : `, ${objects} object${objects === 1 ? "" : "s"}`;
  console.log(`${output}  ${pages} page${pages === 1 ? "" : "s"} of ${width} × ${height}${found}`);
}
