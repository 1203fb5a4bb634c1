import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CellTrackingOptions, parseTracks } from "@unet/datasets";
import { csvTable } from "@unet/inference/instances";
import { type Command, Option } from "commander";
import { type CommonOptions, command, startBackend, tell } from "../command.js";
import { UsageError } from "../errors.js";
import {
  fittingMeasures,
  isOfMarkers,
  type MeasureName,
  type MeasureResult,
  measureNames,
  startMeasures,
  type Tables,
} from "../evaluate/measures.js";
import { openPrediction, type Predictions, predictWith } from "../evaluate/prediction.js";
import { openTruths, type Truths } from "../evaluate/truth.js";
import { namesOf, sampleNumbers, wholeNumber } from "../options.js";
import { Progress } from "../progress.js";
import { startErrorPicture } from "../report/error-picture.js";
import { isRun } from "../run.js";
import { writeWhole } from "../write-whole.js";

interface EvaluateOptions extends CommonOptions {
  samples?: number[];
  measures?: MeasureName[];
  class: number;
  kind?: "classes" | "instances";
  truth?: CellTrackingOptions["truth"];
  seed: number;
  csv?: string;
  picture?: string;
}

/** The values of one image. */
type Row = { image: string } & Partial<Record<MeasureName, number>>;

export function evaluateCommand(): Command {
  return command("evaluate", "Measure a prediction against the truth, as the challenges do.", {
    computes: true,
  })
    .argument("<prediction>", "a run, or a PNG or TIFF of probabilities or labels, or a folder of them")
    .argument("<truth>", "a data set such as isbi2012:DIR, or labels as PNG, TIFF or a folder of them")
    .option("--samples <numbers>", "samples of the truth, e.g. 18-23 (default: all)", sampleNumbers)
    .option(
      "--measures <names>",
      `some of ${measureNames.join(", ")} (default: what fits)`,
      namesOf(measureNames),
    )
    .option("--class <n>", "the class whose probabilities a run is asked for", wholeNumber(0), 1)
    .addOption(new Option("--kind <kind>", "what the true labels are").choices(["classes", "instances"]))
    .addOption(new Option("--truth <kind>", "of a ctc sequence").choices(["gold", "silver", "both"]))
    .option("--seed <n>", "of synthetic images", wholeNumber(0), 0)
    .option("--csv <file>", "write the measures of each image")
    .option("--picture <file>", "draw where it is wrong, as PNG")
    .action(evaluate);
}

async function evaluate(path: string, spec: string, options: EvaluateOptions): Promise<void> {
  const { json, csv, picture, measures: named, kind, seed, samples } = options;
  const truths = await openTruths(spec, { samples, kind, seed, truth: options.truth });
  if (isRun(path)) await startBackend(options);
  const open = (truths: Truths) =>
    isRun(path) ? predictWith(path, truths, options.class) : openPrediction(path, truths);

  const predictions = await open(truths);
  const errors = picture ? startErrorPicture(truths.kind) : undefined;
  const names = named ?? fittingMeasures(truths.kind, predictions.probabilities);
  // A sequence has markers for DET and TRA in frames that may lack true objects.
  const sequence = /^ctc:(.+):(\d+)$/s.exec(spec);
  const ofMarkers = sequence ? names.filter(isOfMarkers) : [];
  const ofLabels = names.filter((name) => !ofMarkers.includes(name));
  const measuring = { quiet: json, names: ofLabels, errors };
  const { results, rows } = await measure(predictions, truths, measuring);

  if (sequence && ofMarkers.length > 0) {
    if (samples && ofMarkers.includes("tra"))
      throw new UsageError("tra needs the whole sequence, not --samples");
    const markers = await openTruths(spec, { truth: "markers" });
    const frames = samples ? onlyNamed(markers, truths.names) : markers;
    const tables = ofMarkers.includes("tra") ? await readTables(path, sequence[1], sequence[2]) : undefined;
    const found = await measure(await open(frames), frames, { quiet: json, names: ofMarkers, tables });
    results.push(...found.results);
    for (const row of found.rows) {
      const known = rows.find(({ image }) => image === row.image);
      if (known) Object.assign(known, row);
      else rows.push(row);
    }
  }
  results.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));

  if (csv) await writeWhole(csv, toCsv(names, rows));
  if (picture && errors) await writeWhole(picture, await errors.draw());
  if (json) {
    const summary = { prediction: path, truth: spec, images: truths.names.length, kind: truths.kind };
    console.log(JSON.stringify({ ...summary, measures: results }));
    return;
  }
  console.log(`${truths.names.length} image${truths.names.length > 1 ? "s" : ""} with ${truths.kind}`);
  for (const { name, value, meaning } of results) {
    // A good warping error has three zeros behind the point.
    const digits = value > 0 && value < 0.01 ? 6 : 4;
    console.log(`  ${name.padEnd(10)}${value.toFixed(digits).padEnd(8)}  ${meaning}`);
  }
  for (const file of [csv, picture]) if (file) tell(`${file} is written`);
}

interface Measuring {
  quiet?: boolean;
  names: MeasureName[];
  tables?: Tables;
  errors?: ReturnType<typeof startErrorPicture>;
}

/** Goes through the images, one in memory at a time. */
async function measure(
  predictions: Predictions,
  truths: Truths,
  { quiet, names, tables, errors }: Measuring,
): Promise<{ results: MeasureResult[]; rows: Row[] }> {
  const rows: Row[] = [];
  if (names.length === 0 && !errors) return { results: [], rows };
  const measures = startMeasures(names, tables);
  const progress = quiet ? undefined : new Progress("measuring", truths.names.length, "images");
  try {
    for (const [position, image] of truths.names.entries()) {
      const truth = await truths.get(position);
      const { labels, probability } = await predictions.get(position, truth);
      rows.push({ image, ...measures.add({ labels, probability, truth: truth.labels }) });
      errors?.add(image, labels, truth.labels, truth.image);
      progress?.update(position + 1);
    }
  } finally {
    progress?.stop();
    predictions.dispose();
  }
  return { results: measures.results(), rows };
}

/** Those images that are called so. */
function onlyNamed(truths: Truths, names: string[]): Truths {
  const positions = truths.names.flatMap((name, position) => (names.includes(name) ? [position] : []));
  return {
    ...truths,
    names: positions.map((position) => truths.names[position]),
    indices: positions.map((position) => truths.indices[position]),
    get: (position) => truths.get(positions[position]),
  };
}

async function readTables(prediction: string, folder: string, sequence: string): Promise<Tables> {
  if (isRun(prediction))
    throw new UsageError("tra needs a folder with res_track.txt, and a run tracks nothing");
  const read = async (file: string) => {
    const text = await readFile(file, "utf8").catch((cause) => {
      throw new UsageError(`tra needs the track table ${file}: ${cause.message}`);
    });
    return parseTracks(text);
  };
  return {
    prediction: await read(join(prediction, "res_track.txt")),
    truth: await read(join(folder, `${sequence}_GT/TRA/man_track.txt`)),
  };
}

/** A line for each image; what a measure does not say of it is left empty. */
function toCsv(names: MeasureName[], rows: Row[]): string {
  const rounded = (value?: number) => value && Number(value.toPrecision(12));
  return csvTable(
    ["image", ...names],
    rows.map((row) => [row.image, ...names.map((name) => rounded(row[name]))]),
  );
}
