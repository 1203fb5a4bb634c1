import { cpus } from "node:os";
import {
  connectedComponents,
  cropLabelsMirrored,
  cropMirrored,
  encodePng,
  type Image,
  type LabelImage,
  type Sample,
} from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { drawOutlines, heatMap, toGrey } from "@unet/image/picture";
import { argMax, labelInstances, predictTiled } from "@unet/inference";
import { classScores } from "@unet/metrics";
import type { HistoryEntry, Samples, TrainingResult } from "@unet/training";
import { type MeasureName, startMeasures } from "../evaluate/measures.js";
import { foregroundOf } from "../evaluate/prediction.js";
import type { CurveOptions } from "../report/curve.js";
import { renderReport, type Table } from "../report/html.js";
import type { Trained } from "./trained.js";

/** A validation image with what the model made of it. */
interface Judged {
  sample: Sample;
  /** Probability of anything but background. */
  foreground: Image<Float32Array>;
  found: LabelImage;
  value: number;
}

/** As many validation images are segmented for the report. */
const MOST_IMAGES = 32;
/** Pictures show at most so many pixels a side, from the middle. */
const LARGEST = 640;

/** What the report tells beside the run, and what ends it. */
interface ReportOptions {
  path: string;
  seconds: number;
  waited: number;
  signal?: AbortSignal;
}

/**
 * Writes the report of a run: curves, the best and the worst validation images, settings and timings, in one file
 * that opens offline. That of a run that was stopped has no images, since somebody waits for the end.
 *
 * @returns its path
 */
export async function writeTrainingReport(
  trained: Trained,
  { path, seconds, waited, signal }: ReportOptions,
): Promise<string> {
  const { result, stopped } = trained;
  const validation = stopped ? undefined : result.validationSamples;
  const measure = (result.config.measure === "loss" ? "iou" : result.config.measure) as MeasureName;
  const judged = validation ? await judge(result, validation, measure, signal) : [];
  const better = ["pixel", "rand"].includes(measure) ? 1 : -1;
  judged.sort((a, b) => better * (a.value - b.value));
  const shown = judged.length > 4 ? [...judged.slice(0, 2), ...judged.slice(-2)] : judged;
  const figures = [];
  for (const [i, each] of shown.entries()) {
    const title = `${rankOf(i, shown.length)}: ${each.sample.name}, ${measure} ${each.value.toFixed(3)}`;
    figures.push({ title, panels: await panelsOf(each) });
  }
  await writeWhole(
    path,
    renderReport({
      title: "U-Net training",
      lead: stopped
        ? `What the network learnt until it was stopped after ${inWords(result.steps)} of ${inWords(result.config.steps)} steps.`
        : "What the network learnt, step by step, and what it makes of images that it was not trained on.",
      headlines: headlinesOf(result),
      tables: [
        ...classTable(judged),
        {
          rows: [
            ["Validation image", measure],
            ...judged.map(({ sample, value }) => [sample.name, value.toFixed(4)]),
          ],
          note:
            judged.length > 0
              ? `Each validation image, the best first, by ${measure} of that image alone.`
              : `There ${stopped ? "are none of a run that was stopped" : "were no validation images"}.`,
        },
      ],
      figures,
      charts: await chartsOf(result),
      details: detailsOf(trained, { seconds, waited }),
    }),
  );
  return path;
}

/** Class by class, where there is more than one beside background. */
function classTable(judged: Judged[]): Table[] {
  const classes = judged.filter(({ sample }) => sample.kind === "classes");
  if (classes.length === 0) return [];
  const { perClass } = classScores(
    classes.map(({ found }) => found),
    classes.map(({ sample }) => sample.labels),
  );
  if (perClass.length <= 2) return [];
  const rows = perClass.map(({ class: label, iou, dice, seg, f1, averagePrecision }) => [
    `${label}`,
    ...[iou, dice, seg, f1, averagePrecision].map((value) => (Number.isNaN(value) ? "–" : value.toFixed(4))),
  ]);
  return [
    {
      rows: [["Class", "IoU", "Dice", "SEG", "F1", "AP"], ...rows],
      note: "Each class over all validation images: IoU and Dice of its pixels, the others of its connected parts.",
    },
  ];
}

function rankOf(index: number, count: number): string {
  if (count === 1) return "The validation image";
  if (index === 0) return "The best validation image";
  if (index === count - 1) return "The worst validation image";
  return index < count / 2 ? "Among the best" : "Among the worst";
}

async function judge(
  { model }: TrainingResult,
  validation: Samples,
  measure: MeasureName,
  signal?: AbortSignal,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (let index = 0; index < Math.min(validation.length, MOST_IMAGES); index++) {
    const sample = await validation.get(index);
    const scores = await predictTiled(sample.image, model, { signal });
    const foreground = foregroundOf(scores);
    const found = sample.kind === "instances" ? labelInstances(foreground, { channel: 0 }) : argMax(scores);
    const [labels, truth] = [found, sample.labels].map((side) => sideFor(measure, side, sample.kind));
    const values = startMeasures([measure]).add({ labels, probability: foreground, truth });
    judged.push({ sample, foreground, found, value: values[measure] as number });
  }
  return judged;
}

/** Labels as the measure takes them: objects for `seg`, else foreground or not. */
function sideFor(measure: MeasureName, labels: LabelImage, kind: Sample["kind"]): LabelImage {
  if (measure === "seg") return kind === "instances" ? labels : connectedComponents(labels);
  return { ...labels, data: labels.data.map((label) => Math.min(label, 1)) };
}

async function panelsOf({ sample, foreground, found }: Judged) {
  const { width, height } = sample.image;
  const [w, h] = [Math.min(width, LARGEST), Math.min(height, LARGEST)];
  const rect = { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
  const image = cropMirrored(sample.image, rect);
  const [truth, ours] = [cropLabelsMirrored(sample.labels, rect), cropLabelsMirrored(found, rect)];
  const panels: Array<[string, Image<Uint8Array>]> = [
    ["input", toGrey(image)],
    ["truth", drawOutlines(image, truth, { colour: [80, 200, 90] })],
    ["found", drawOutlines(image, ours, { colour: [255, 150, 30] })],
    ["probability of foreground", heatMap(cropMirrored(foreground, rect), { low: 0, high: 1 })],
    ["red: missed, blue: too much", drawErrors(image, truth, ours)],
  ];
  return Promise.all(panels.map(async ([caption, picture]) => ({ caption, png: await encodePng(picture) })));
}

/** The image, with foreground that was missed in red and foreground too much in blue. */
function drawErrors(image: Image, truth: LabelImage, found: LabelImage): Image<Uint8Array> {
  const picture = toGrey(image);
  for (let i = 0; i < truth.data.length; i++) {
    if (truth.data[i] < 0 || truth.data[i] > 0 === found.data[i] > 0) continue;
    picture.data.set(truth.data[i] > 0 ? [230, 60, 50] : [60, 120, 240], 3 * i);
  }
  return picture;
}

async function chartsOf({ history, evaluations, config, keptStep }: TrainingResult) {
  const { curve } = await import("../report/curve.js");
  const best = evaluations.find(({ step }) => step === keptStep);
  const marked =
    best && evaluations.length > 1
      ? { step: keptStep, value: best.validation.value, name: "kept" }
      : undefined;
  const valuesOf = (field: keyof HistoryEntry) =>
    history.map((entry) => ({ step: entry.step, value: entry[field] }));
  const losses = evaluations.map(({ step, validation }) => ({ step, value: validation.loss }));
  const charts: Array<{ title: string } & CurveOptions> = [
    {
      title:
        losses.length > 0
          ? `Loss: blue ${config.loss} in training, orange weightedCrossEntropy on the validation images`
          : `Loss: ${config.loss}`,
      ...{ label: "loss", dots: valuesOf("loss"), line: losses },
      marked: config.measure === "loss" ? marked : undefined,
    },
  ];
  if (config.measure !== "loss" && evaluations.length > 1) {
    const line = evaluations.map(({ step, validation }) => ({ step, value: validation.value }));
    charts.push({ title: `Validation: ${config.measure}`, label: config.measure, line, marked, zero: false });
  }
  if (config.schedule !== "constant" || config.warmup) {
    charts.push({ title: "Learning rate", label: "rate", dots: valuesOf("rate"), noisy: false });
  }
  charts.push({ title: "Length of the gradient", label: "norm", dots: valuesOf("gradientNorm") });
  return charts.map(({ title, ...options }) => ({ title, svg: curve(options) }));
}

function headlinesOf({ validation, steps, history, seconds }: TrainingResult) {
  const headlines = [{ value: formatSeconds(seconds), label: `for ${steps.toLocaleString("en")} steps` }];
  if (!validation)
    return [{ value: (history.at(-1)?.loss ?? Number.NaN).toFixed(3), label: "last loss" }, ...headlines];
  const { measure, value, loss, constantLoss } = validation;
  const first =
    measure === "loss" ? [] : [{ value: value.toFixed(3), label: `${measure} on the validation images` }];
  const guess = `validation loss; guessing costs ${constantLoss.toFixed(3)}`;
  return [...first, { value: loss.toFixed(3), label: guess }, ...headlines];
}

/** How it was made: each setting that is not its default, the rest in one line, and the timings. */
function detailsOf(
  { result, backend }: Trained,
  { seconds, waited }: { seconds: number; waited: number },
): Array<[string, string]> {
  const { model, config, steps, keptStep, classWeights, validationSamples, legs } = result;
  const metadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, Record<string, unknown>>;
  const tiles = (steps * config.accumulate) / result.seconds;
  const lists = ([name, value]: [string, unknown]): [string, string] => [name, show(value)];
  return [
    ["kept", `the weights after step ${keptStep}`],
    ["images", `${metadata.training?.samples} trained on, ${validationSamples?.length ?? 0} only evaluated`],
    ["parameters", model.countParams().toLocaleString("en")],
    ...Object.entries(metadata.architecture ?? {}).map(lists),
    ...Object.entries(config).map(lists),
    ...legs
      .slice(1)
      .map(({ from, steps }): [string, string] => [
        "prolonged",
        `after step ${from}, the schedule running anew over ${steps} more steps`,
      ]),
    ["classWeights", classWeights.map((weight) => weight.toFixed(4)).join(", ")],
    ["seed", `${metadata.training?.seed}`],
    ["backend", backend],
    [
      "machine",
      `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads, Node ${process.versions.node}`,
    ],
    [
      "time",
      `${formatSeconds(result.seconds)} in steps and evaluations; ${formatSeconds(seconds)} with set-up since the run was last started, ${formatSeconds(waited)} of it waiting for tiles`,
    ],
    ["speed", `${tiles.toPrecision(3)} images/s`],
  ];
}

function inWords(count: number): string {
  return count.toLocaleString("en");
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, inner]) => `${name} ${show(inner)}`);
  return fields.length > 0 ? fields.join(", ") : "default";
}

function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${seconds.toPrecision(3)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
