import { cpus } from "node:os";
import { cropLabelsMirrored, cropMirrored, encodePng, type Image, type LabelImage } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { drawOverlay, heatMap, toGrey } from "@unet/image/picture";
import type { Task } from "@unet/inference";
import { classScores } from "@unet/metrics";
import type { ModelMetadata } from "@unet/model";
import type { HistoryEntry, TrainingResult } from "@unet/training";
import type { CurveOptions } from "../report/curve.js";
import { errorColours, objectErrorPanel } from "../report/error-picture.js";
import { renderReport, type Table } from "../report/html.js";
import { abilityOf, outputOf } from "./ability.js";
import { type Judged, judge } from "./judge.js";
import { settingsTold } from "./settings-told.js";
import type { Trained } from "./trained.js";

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
 * Writes the report of a run: what the model can do, the best and the worst validation images, curves, settings and
 * timings, in one file that opens offline. The report of an interrupted run has no images, so that the command ends soon.
 *
 * @returns its path
 */
export async function writeTrainingReport(
  trained: Trained,
  { path, seconds, waited, signal }: ReportOptions,
): Promise<string> {
  const { result, stopped, task } = trained;
  const validation = stopped ? undefined : result.validationSamples;
  const judged = validation ? await judge(result.model, validation, task, signal) : [];
  const shown = judged.length > 4 ? [...judged.slice(0, 2), ...judged.slice(-2)] : judged;
  const figures = [];
  for (const [i, each] of shown.entries()) {
    const values = each.values.map(([name, value]) => `${nameOf(name)} ${inFigures(name, value)}`).join(", ");
    const title = `${rankOf(i, shown.length)}: ${each.sample.name}, ${values}`;
    figures.push({ title, panels: await panelsOf(each, task) });
  }
  const { own, others } = settingsOf(trained);
  await writeWhole(
    path,
    renderReport({
      title: "U-Net training",
      lead: leadOf(trained),
      headlines: headlinesOf(trained),
      tables: [...classTable(judged, task), imageTable(judged, trained)],
      figures,
      charts: await chartsOf(result),
      details: [...factsOf(trained), ...own, ...timingsOf(trained, { seconds, waited })],
      folded: { title: `${others.length} settings are as usual`, details: others },
    }),
  );
  return path;
}

function leadOf({ result, stopped, task }: Trained): string {
  if (stopped) {
    const { steps, config } = result;
    return `What the network learnt until it was stopped after ${inWords(steps)} of ${inWords(config.steps)} steps.`;
  }
  const ability = task && abilityOf(task, { bestWeights: choseWeights(result) });
  if (ability) return `The model ${ability}.`;
  return "What the network learnt, step by step, and what it makes of images that it was not trained on.";
}

/** Whether the weights were chosen on the validation images. */
function choseWeights({ evaluations, config }: TrainingResult): boolean {
  return evaluations.length > 1 && config.keepBest;
}

const names: Record<string, string> = {
  f1: "F1",
  seg: "SEG",
  vrand: "V^Rand",
  vinfo: "V^Info",
  miou: "mean IoU",
  precision: "precision",
  recall: "recall",
  wrong: "wrong pixels",
};

function nameOf(measure: string): string {
  return names[measure] ?? measure.replace(/^iou(\d+)$/, "IoU of class $1");
}

function inFigures(name: string, value: number): string {
  if (name === "found" || name === "true") return String(value);
  return Number.isNaN(value) ? "–" : value.toFixed(3);
}

/** In the measures of the task, where it was calibrated; else the loss. */
function headlinesOf({ result, task }: Trained) {
  const { validation, steps, history, seconds } = result;
  const time = { value: formatSeconds(seconds), label: `for ${inWords(steps)} steps` };
  if (task?.calibration) {
    const { found, objects, precision: _, recall: __, ...measures } = task.calibration.measures;
    const counts =
      found === undefined ? [] : [{ value: `${found} / ${objects}`, label: "objects found / true" }];
    // Of many classes the table tells more.
    const told = Object.entries(measures).slice(0, 4);
    return [
      ...told.map(([name, value]) => ({ value: value.toFixed(3), label: nameOf(name) })),
      ...counts,
      time,
    ];
  }
  if (!validation)
    return [{ value: (history.at(-1)?.loss ?? Number.NaN).toFixed(3), label: "last loss" }, time];
  const { measure, value, loss, constantLoss } = validation;
  const first =
    measure === "loss" ? [] : [{ value: value.toFixed(3), label: `${measure} on the validation images` }];
  const guess = `validation loss; guessing costs ${constantLoss.toFixed(3)}`;
  return [...first, { value: loss.toFixed(3), label: guess }, time];
}

/** Class by class, where there is more than one beside background. */
function classTable(judged: Judged[], task: Task | undefined): Table[] {
  const classes = judged.filter(({ sample }) => sample.kind === "classes");
  if (classes.length === 0 || (task && task.aim !== "classes")) return [];
  const { perClass } = classScores(
    classes.map(({ found }) => found),
    classes.map(({ truth }) => truth),
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

function imageTable(judged: Judged[], { stopped, task }: Trained): Table {
  const isOfObjects = (task?.aim ?? judged[0]?.sample.kind) !== "classes";
  const measured = judged[0]?.values.map(([name]) => name) ?? [];
  return {
    rows: [
      ["Validation image", ...measured.map(nameOf)],
      ...judged.map(({ sample, values }) => [
        sample.name,
        ...values.map(([name, value]) => inFigures(name, value)),
      ]),
    ],
    note:
      judged.length > 0
        ? `Each validation image by itself, the best first, as the model segments it.${isOfObjects ? ` In the last picture of each ${errorColours}.` : ""}`
        : `There ${stopped ? "are none of a run that was stopped" : "were no validation images"}.`,
  };
}

function rankOf(index: number, count: number): string {
  if (count === 1) return "The validation image";
  if (index === 0) return "The best validation image";
  if (index === count - 1) return "The worst validation image";
  return index < count / 2 ? "Among the best" : "Among the worst";
}

async function panelsOf({ sample, score, found, truth }: Judged, task: Task | undefined) {
  const { width, height } = sample.image;
  const [w, h] = [Math.min(width, LARGEST), Math.min(height, LARGEST)];
  const rect = { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
  const image = cropMirrored(sample.image, rect);
  const [expected, ours] = [truth, found].map((labels) => cropLabelsMirrored(labels, rect));
  const isOfClasses = (task?.aim ?? sample.kind) === "classes";
  const kind = isOfClasses ? "classes" : "instances";
  const errors = isOfClasses
    ? { caption: "red: missed, blue: too much", picture: drawErrors(image, expected, ours) }
    : objectErrors(image, expected, ours);
  const nothing = { ...ours, data: new Int32Array(ours.data.length) };
  const what = isOfClasses ? "probability of foreground" : "score";
  const panels: Array<[string, Image<Uint8Array>]> = [
    ["input", drawOverlay(image, nothing)],
    ["truth", drawOverlay(image, expected, { kind })],
    ["found", drawOverlay(image, ours, { kind })],
    [what, heatMap(cropMirrored(score, rect), { low: 0, high: 1 })],
    [errors.caption, errors.picture],
  ];
  return Promise.all(panels.map(async ([caption, picture]) => ({ caption, png: await encodePng(picture) })));
}

function objectErrors(image: Image, truth: LabelImage, found: LabelImage) {
  const { picture, words } = objectErrorPanel(found, truth, image);
  return { caption: words, picture };
}

/** The image, with foreground that was missed in red and foreground too much in blue. */
function drawErrors(image: Image, truth: LabelImage, found: LabelImage): Image<Uint8Array> {
  const picture = toGrey(image);
  for (let i = 0; i < truth.data.length; i++) {
    if (truth.data[i] < 0 || truth.data[i] === found.data[i]) continue;
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
  const charts: Array<{ title: string } & CurveOptions> = [];
  if (config.measure !== "loss" && evaluations.length > 1) {
    const line = evaluations.map(({ step, validation }) => ({ step, value: validation.value }));
    const title = `Validation: ${nameOf(config.measure)}, before threshold and split were chosen`;
    charts.push({ title, label: nameOf(config.measure), line, marked, zero: false });
  }
  charts.push({
    title:
      losses.length > 0
        ? `Loss: blue ${config.loss} in training, orange weightedCrossEntropy on the validation images`
        : `Loss: ${config.loss}`,
    label: "loss",
    dots: valuesOf("loss"),
    line: losses,
    marked: config.measure === "loss" ? marked : undefined,
  });
  if (config.schedule !== "constant" || config.warmup) {
    charts.push({ title: "Learning rate", label: "rate", dots: valuesOf("rate"), noisy: false });
  }
  charts.push({ title: "Length of the gradient", label: "norm", dots: valuesOf("gradientNorm") });
  return charts.map(({ title, ...options }) => ({ title, svg: curve(options) }));
}

type Details = Array<[string, string]>;

/** What the model is and how it is used. */
function factsOf({ result, task }: Trained): Details {
  const { model, keptStep, classWeights, validationSamples, legs } = result;
  const { samples, seed } = trainingOf(model);
  const used: Details = task
    ? [
        ["recipe", task.recipe ?? "none"],
        ["result", outputOf(task)],
        ["resized by", String(task.scale)],
      ]
    : [];
  return [
    ...used,
    ["kept", `the weights after step ${keptStep}`],
    ["images", `${samples} trained on, ${validationSamples?.length ?? 0} only evaluated`],
    ["parameters", model.countParams().toLocaleString("en")],
    ["class weights", classWeights.map((weight) => weight.toFixed(4)).join(", ")],
    ["seed", `${seed}`],
    ...legs
      .slice(1)
      .map(({ from, steps }): [string, string] => [
        "prolonged",
        `after step ${from}, the schedule running anew over ${steps} more steps`,
      ]),
  ];
}

function trainingOf(model: TrainingResult["model"]): Record<string, unknown> {
  return ((model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>).training ?? {};
}

function settingsOf({ result }: Trained) {
  const { architecture } = (result.model.getUserDefinedMetadata() ?? {}) as { architecture?: object };
  return settingsTold(architecture ?? {}, result.config);
}

function timingsOf(
  { result, backend }: Trained,
  { seconds, waited }: { seconds: number; waited: number },
): Details {
  const tiles = (result.steps * result.config.accumulate) / result.seconds;
  return [
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

function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${seconds.toPrecision(3)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
