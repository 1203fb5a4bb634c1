import { join } from "node:path";
import { parseTracks } from "@unet/datasets";
import type { LabelImage } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import type { Task } from "@unet/inference";
import { csvTable } from "@unet/inference/instances";
import type { ClassScores } from "@unet/metrics";
import { type Command, Option } from "commander";
import {
  type EvaluateMeasure,
  evaluateMeasures,
  fittingMeasures,
  type ImageValues,
  isOfMarkers,
  type MeasureResult,
  startMeasures,
  type Tables,
} from "../evaluate/measures.js";
import { type Reading, readings } from "../evaluate/numbers.js";
import { openEvaluatedRun, openPrediction, type Predictions, predictWith } from "../evaluate/prediction.js";
import { openTruths, type Truths } from "../evaluate/truth.js";
import { UsageError } from "../messages/errors.js";
import { Progress } from "../messages/progress.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { type Augmentation, foldersIn, runsIn, ttaOption } from "../predict/networks.js";
import { tellTask } from "../predict/task-options.js";
import { readText } from "../read-text.js";
import { startErrorPicture } from "../report/error-picture.js";
import { isPredictor } from "../run.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { addDataOptions, type DataOptions } from "../usage/data-options.js";
import { namesOf, sampleNumbers, wholeNumber } from "../usage/options.js";

interface EvaluateOptions extends CommonOptions, DataOptions {
  samples?: number[];
  measures?: EvaluateMeasure[];
  as?: Reading;
  class?: number;
  seed: number;
  tta?: Augmentation;
  csv?: string;
  picture?: string;
}

/** The values of one image. */
interface Row {
  image: string;
  values: ImageValues;
}

export function evaluateCommand(): Command {
  const made = command("evaluate", "Measure a prediction against the truth, as the challenges do.", {
    computes: true,
  })
    .argument(
      "<prediction>",
      "a run, several between commas, or a PNG or TIFF of probabilities or labels, or a folder of them",
    )
    .argument("<truth>", "a data set such as isbi2012:DIR, or labels as PNG, TIFF or a folder of them")
    .option("--samples <numbers>", "samples of the truth, e.g. 18-23 (default: all)", sampleNumbers)
    .option(
      "--measures <names>",
      `some of ${evaluateMeasures.join(", ")} (default: what fits)`,
      namesOf(evaluateMeasures),
    )
    .addOption(
      new Option(
        "--as <what>",
        "what the prediction's numbers are (default: what its files say; else integers are labels, floats from 0 to 1 probabilities)",
      ).choices(readings),
    )
    .option(
      "--class <n>",
      "the only class that is compared, or whose objects are (default: each; objects are of class 1)",
      wholeNumber(0),
    )
    .option("--seed <n>", "of synthetic images", wholeNumber(0), 0)
    .addOption(ttaOption())
    .option("--csv <file>", "write the measures of each image")
    .option("--picture <file>", "draw where it is wrong, as PNG");
  return addDataOptions(made).action(evaluate);
}

async function evaluate(path: string, spec: string, options: EvaluateOptions): Promise<void> {
  const { json, csv, picture, measures: named, samples, as } = options;
  assertOutputs({ "--csv": csv, "--picture": picture }, [...foldersIn(path), spec]);
  const ofRuns = runsIn(path).every(isPredictor);
  if (ofRuns) {
    if (as) throw new UsageError("--as is for files; a run gives probabilities");
    await startBackend(options);
  } else if (options.tta !== undefined && options.tta !== "none") {
    throw new UsageError("--tta is for a run; files hold what was predicted before");
  }
  const run = ofRuns ? await openEvaluatedRun(path, options.tta, { quiet: json }) : undefined;
  const opened: Array<{ close(): Promise<void> }> = [];
  const closing = <Opened extends (typeof opened)[0]>(one: Opened): Opened => {
    opened.push(one);
    return one;
  };
  try {
    const truths = closing(await openTruths(spec, { ...options, classes: run?.classes }));
    const only = truths.kind === "classes" ? options.class : undefined;
    const open = async (truths: Truths): Promise<Predictions & { task?: Task }> =>
      closing(run ? predictWith(run, truths, options.class) : await openPrediction(path, truths, options));
    const predictions = await open(truths);
    const classes = predictions.classes ?? (truths.kind === "classes" ? await classesIn(truths) : 2);
    const severalClasses = truths.kind === "classes" && only === undefined && classes > 2;
    if (!json) {
      if (predictions.task && run?.predictor.task) tellTask(predictions.task, { known: true, tta: run.tta });
      tellReading(path, spec, truths, predictions);
    }

    const errors = picture ? startErrorPicture(truths.kind) : undefined;
    const { probabilities } = predictions;
    const names = named ?? fittingMeasures(truths.kind, { probabilities, severalClasses });
    // A sequence has markers for DET and TRA in frames that may lack true objects.
    const sequence = /^ctc:(.+):(\d+)$/s.exec(spec);
    const ofMarkers = sequence ? names.filter(isOfMarkers) : [];
    const ofLabels = names.filter((name) => !ofMarkers.includes(name));
    const measuring = { quiet: json, names: ofLabels, errors, only };
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
        if (known) Object.assign(known.values, row.values);
        else rows.push(row);
      }
    }
    results.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));

    if (csv) await writeWhole(csv, toCsv(names, rows));
    if (picture && errors) await writeWhole(picture, await errors.draw());
    if (json) {
      const { kind, names: images } = truths;
      const reading = predictions.reading?.as ?? "probabilities";
      const summary = {
        prediction: path,
        truth: spec,
        images: images.length,
        kind,
        as: reading,
        class: only,
        task: run?.predictor.task && predictions.task,
      };
      console.log(JSON.stringify({ ...summary, measures: results }));
      return;
    }
    tellResults(truths, results);
    for (const file of [csv, picture]) if (file) tell(`${file} is written`);
  } finally {
    for (const one of opened) await one.close();
    run?.dispose();
  }
}

/** Says once what the numbers of the files were taken for. */
function tellReading(path: string, spec: string, { kind, because }: Truths, { reading }: Predictions): void {
  if (reading) tell(`${path}: ${reading.as}, as ${reading.because}`);
  tell(`${spec}: ${kind}, as ${because}`);
}

function tellResults({ names, kind }: Truths, results: MeasureResult[]): void {
  console.log(`${names.length} image${names.length > 1 ? "s" : ""} with ${kind}`);
  for (const { name, value, meaning } of results) {
    // A good warping error has three zeros behind the point.
    const digits = value > 0 && value < 0.01 ? 6 : 4;
    console.log(`  ${name.padEnd(10)}${value.toFixed(digits).padEnd(8)}  ${meaning}`);
  }
  const classes = results.find(({ name }) => name === "miou")?.details as ClassScores | undefined;
  if (!classes) return;
  console.log(`  class     IoU     Dice    SEG     F1      AP      of its pixels, and its objects`);
  for (const { class: label, iou, dice, seg, f1, averagePrecision } of classes.perClass) {
    if (Number.isNaN(iou) && Number.isNaN(dice)) continue;
    const cells = [iou, dice, seg, f1, averagePrecision].map((value) =>
      (Number.isNaN(value) ? "–" : value.toFixed(4)).padEnd(8),
    );
    console.log(`  ${String(label).padEnd(10)}${cells.join("")}`.trimEnd());
  }
}

/** How many classes the truth has, background counted. */
async function classesIn(truths: Truths): Promise<number> {
  let highest = 0;
  for (const position of truths.names.keys()) {
    for (const label of (await truths.get(position)).labels.data) if (label > highest) highest = label;
  }
  return highest + 1;
}

interface Measuring {
  quiet?: boolean;
  names: EvaluateMeasure[];
  tables?: Tables;
  errors?: ReturnType<typeof startErrorPicture>;
  /** The only class that is compared. */
  only?: number;
}

/** Goes through the images, one in memory at a time. */
async function measure(
  predictions: Predictions,
  truths: Truths,
  { quiet, names, tables, errors, only }: Measuring,
): Promise<{ results: MeasureResult[]; rows: Row[] }> {
  const rows: Row[] = [];
  if (names.length === 0 && !errors) return { results: [], rows };
  const measures = startMeasures(names, tables);
  const seen = { found: new Set<number>(), expected: new Set<number>() };
  const progress = quiet ? undefined : new Progress("measuring", truths.names.length, "images");
  try {
    for (const [position, image] of truths.names.entries()) {
      const given = await truths.get(position);
      const found = await predictions.get(position, given);
      if (truths.kind === "classes") {
        collect(given.labels, seen.expected);
        if (!found.probability) collect(found.labels, seen.found);
      }
      const truth = only === undefined ? given.labels : onlyClass(only, given.labels);
      // Probabilities are of that class already.
      const labels = only === undefined || found.probability ? found.labels : onlyClass(only, found.labels);
      rows.push({ image, values: measures.add({ ...found, labels, truth }) });
      errors?.add(image, labels, truth, given.image);
      progress?.update(position + 1);
    }
  } finally {
    progress?.stop();
  }
  if (only !== undefined && !seen.expected.has(only) && !seen.found.has(only)) {
    throw new UsageError(`--class is ${only}, which the truth has nowhere`);
  }
  if (!quiet) tellUnannotated(seen.expected);
  return { results: measures.results(), rows };
}

/** Adds the labels that occur. */
function collect({ data }: LabelImage, to: Set<number>): void {
  for (let i = 0; i < data.length; i++) if (data[i] !== data[i - 1]) to.add(data[i]);
}

/** Says where the largest number of a file, far from all others, may mean that nobody annotated. */
function tellUnannotated(expected: ReadonlySet<number>): void {
  const others = [...expected].filter((label) => label !== 255 && label !== 65535);
  const most = others.reduce((a, b) => Math.max(a, b), 0);
  for (const label of [255, 65535]) {
    if (!expected.has(label) || most >= label - 1) continue;
    tell(
      `the truth holds ${label} as a class, but else goes up to ${most}; give --ignore ${label} if nobody annotated it`,
    );
  }
}

/** One class against all others; what is ignored stays so. */
function onlyClass(wanted: number, labels: LabelImage): LabelImage {
  return { ...labels, data: labels.data.map((label) => (label < 0 ? label : label === wanted ? 1 : 0)) };
}

/** Those images that are called so. */
function onlyNamed(truths: Truths, names: string[]): Truths {
  const positions = truths.names.flatMap((name, position) => (names.includes(name) ? [position] : []));
  return {
    ...truths,
    names: positions.map((position) => truths.names[position]),
    stems: positions.map((position) => truths.stems[position]),
    indices: positions.map((position) => truths.indices[position]),
    get: (position) => truths.get(positions[position]),
  };
}

async function readTables(prediction: string, folder: string, sequence: string): Promise<Tables> {
  if (runsIn(prediction).every(isPredictor))
    throw new UsageError("tra needs a folder with res_track.txt, and a run tracks nothing");
  const read = async (file: string) => {
    const text = await readText(file).catch((cause) => {
      throw new UsageError(`tra needs the track table ${file}: ${cause.message}`);
    });
    return parseTracks(text);
  };
  return {
    prediction: await read(join(prediction, "res_track.txt")),
    truth: await read(join(folder, `${sequence}_GT/TRA/man_track.txt`)),
  };
}

/** A line for each image; what a measure does not say of it is left empty. Single classes come last. */
function toCsv(measures: EvaluateMeasure[], rows: Row[]): string {
  const others = new Set(rows.flatMap(({ values }) => Object.keys(values)));
  for (const name of measures) others.delete(name);
  const names = [...measures, ...[...others].sort((a, b) => classOf(a) - classOf(b))];
  const rounded = (value?: number) => value && Number(value.toPrecision(12));
  return csvTable(
    ["image", ...names],
    rows.map(({ image, values }) => [image, ...names.map((name) => rounded(values[name]))]),
  );
}

const classOf = (column: string) => Number(column.split("_")[1]);
