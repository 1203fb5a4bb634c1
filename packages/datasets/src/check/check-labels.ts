import { connectedComponents, type Image, type LabelImage, type Sample, toChannels } from "@unet/image";
import type { Dataset } from "../dataset.js";
import { DatasetError } from "../errors.js";
import { labelShift } from "./label-shift.js";
import { hasRaggedEdges } from "./ragged-edges.js";

/** Something that {@link checkLabels} noticed. */
export interface Finding {
  /** `"error"`: training on it fails or learns nonsense. `"warning"`: look at it. `"info"`: good to know. */
  readonly severity: "error" | "warning" | "info";
  /** The sample's name; `""` where the finding is about all of them. */
  readonly sample: string;
  readonly problem: string;
  readonly remedy: string;
}

/** What {@link checkLabels} is told. */
export interface CheckOptions {
  /** How many classes the class maps may hold; unknown, any number is taken. */
  classes?: number;
  /** Samples that will not be trained on: checked too, and an image that is in both is an error. */
  heldOut?: Dataset | Iterable<Sample>;
}

/**
 * What is wrong with annotated images, before an hour of training on them is lost: files that can't be read,
 * sizes and number types that differ, numbers that are not finite, labels out of range, empty or full masks,
 * masks with grey edges (resized with interpolation, or saved as JPEG), numbered objects taken for classes, masks
 * that lie beside their objects, the same image twice, and how often each class comes. Samples are read once, one
 * after the other.
 *
 * @returns findings in the order of the samples, the ones about all of them last
 */
export async function checkLabels(
  samples: Dataset | Iterable<Sample>,
  { classes, heldOut }: CheckOptions = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Map<string, { name: string; set: Dataset | Iterable<Sample> }>();
  const counts = new Map<number, number>();
  let objects = 0;
  let first: Sample | undefined;
  for (const set of heldOut ? [samples, heldOut] : [samples]) {
    for await (const { name, sample, error } of each(set)) {
      const add: Add = (severity, problem, remedy) =>
        findings.push({ severity, sample: name, problem, remedy });
      if (!sample) {
        add("error", String(error?.message ?? error), "mend the file, or leave it out");
        continue;
      }
      first ??= sample;
      findErrors(sample, first, classes, add);
      findOddities(sample, first, add);

      const key = fingerprint(sample.image);
      const twin = seen.get(key);
      if (twin && twin.set !== set) {
        add(
          "error",
          `the same image as ${twin.name}, which is trained on`,
          "hold out images that training never sees",
        );
      } else if (twin) add("warning", `the same image as ${twin.name}`, "leave one of them out");
      else seen.set(key, { name: sample.name, set });

      if (set !== samples) continue;
      for (const [label, count] of frequencies(sample.labels.data)) {
        if (sample.kind === "instances" && label > 0) objects++;
        const group = sample.kind === "instances" ? Math.min(label, 1) : label;
        counts.set(group, (counts.get(group) ?? 0) + count);
      }
    }
  }
  if (first && ![...counts.keys()].some((label) => label >= 0))
    findings.push({ sample: "", ...nothingLabelled });
  if (first) findings.push(...summary(counts, first.kind === "instances" ? objects : undefined, classes));
  return findings;
}

/**
 * Throws at the first thing that {@link checkLabels} calls an error, and looks for nothing else: what is left can be
 * trained on.
 *
 * @throws DatasetError that names the sample, what is wrong and what would help; or what reading it throws
 */
export async function assertTrainable(
  samples: Dataset,
  { classes }: Pick<CheckOptions, "classes"> = {},
): Promise<void> {
  let first: Sample | undefined;
  let labelled = false;
  for (let index = 0; index < samples.length; index++) {
    const sample = await samples.get(index);
    first ??= sample;
    findErrors(sample, first, classes, (_, problem, remedy) => {
      throw new DatasetError(`${sample.name}: ${problem}; ${remedy}`);
    });
    labelled ||= sample.labels.data.some((label) => label >= 0);
  }
  if (!labelled) throw new DatasetError(`${nothingLabelled.problem}; ${nothingLabelled.remedy}`);
}

const nothingLabelled = {
  severity: "error",
  problem: "every pixel of all images is ignored",
  remedy: "annotate some",
} as const;

type Add = (severity: Finding["severity"], problem: string, remedy: string) => void;

/** The samples, or why one can't be read. */
async function* each(
  samples: Dataset | Iterable<Sample>,
): AsyncGenerator<{ name: string; sample?: Sample; error?: Error }> {
  if (Symbol.iterator in samples) {
    for (const sample of samples) yield { name: sample.name, sample };
    return;
  }
  for (let i = 0; i < samples.length; i++) {
    const read = await samples.get(i).then(
      (sample) => ({ name: sample.name, sample }),
      (error) => ({ name: samples.names?.[i] ?? `sample ${i}`, error }),
    );
    yield read;
  }
}

/** What training can't do with. */
function findErrors(sample: Sample, first: Sample, classes: number | undefined, add: Add): void {
  const { image, labels, kind } = sample;
  if (!isOneSort(sample, first)) {
    add(
      "error",
      `${image.channels} channels and ${kind}, but ${first.name} has ${first.image.channels} and ${first.kind}`,
      "train on images of one sort",
    );
  }
  const wrong = image.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const pixel = Math.floor(wrong / image.channels);
    const place = `x = ${pixel % image.width}, y = ${Math.floor(pixel / image.width)}`;
    add("error", `the image is ${image.data[wrong]} at ${place}`, "replace what is not a number");
  }
  if (!isOneSize(sample)) {
    const sizes = `${image.width} × ${image.height} px, labels ${labels.width} × ${labels.height}`;
    add("error", `the image is ${sizes}`, "give each image the mask of its own size");
    return;
  }
  let [lowest, highest] = [0, 0];
  for (const label of labels.data) {
    if (label < lowest) lowest = label;
    if (label > highest) highest = label;
  }
  if (lowest < -1) {
    add(
      "error",
      `the labels hold ${lowest}${at(sample, lowest)}`,
      "use −1 for ignore and no other negative number",
    );
  }
  if (kind === "classes" && classes !== undefined && highest >= classes) {
    add(
      "error",
      `the labels hold ${highest}${at(sample, highest)}, but ${classes} classes are 0 … ${classes - 1}`,
      remedyFor(labels, highest),
    );
  }
}

/** What to say where labels are beyond the classes: what their values may mean. */
function remedyFor({ data }: LabelImage, highest: number): string {
  const values = [...new Set(data)].filter((value) => value >= 0).sort((a, b) => a - b);
  const table = values.slice(0, 4).map((value, label) => `"${value}": ${label}`);
  const few = values.length <= table.length && highest >= values.length;
  return [
    'give the option kind "instances" if they number the objects',
    ...(few ? [`the option colours {${table.join(", ")}} for classes`] : []),
    ...(few ? [] : [`the option classes ${highest + 1} if there are so many`]),
    `the option ignore ${highest} if nobody annotated such pixels`,
  ].join(", ");
}

/** What a person should look at. */
function findOddities(sample: Sample, first: Sample, add: Add): void {
  const { image, labels, kind } = sample;
  const [type, firstType] = [sample, first].map(({ image }) => image.data.constructor.name.slice(0, -5));
  if (type !== firstType) {
    add(
      "warning",
      `its numbers are ${type}, those of ${first.name} ${firstType}`,
      "save all images with numbers of one type and range",
    );
  }
  if (image.data.every((value) => value === image.data[0])) {
    add("warning", `every pixel of the image is ${image.data[0]}`, "leave it out");
  }
  if (!isOneSize(sample)) return;
  const counts = frequencies(labels.data);
  const values = [...counts.keys()];
  const highest = values.reduce((a, b) => Math.max(a, b));
  if (highest < 0) add("warning", "every pixel is ignored", "leave it out");
  else if (highest === 0) add("warning", "the mask is empty", "check that nothing is there");
  else if (kind === "classes" && values.filter((value) => value >= 0).length === 1) {
    add("warning", `every pixel is of class ${highest}`, "check that the mask is right");
  }
  const parts = kind === "instances" && highest === 1 ? countComponents(sample) : 1;
  if (parts > 1) {
    add(
      "warning",
      `its only object lies in ${parts} parts that don't touch`,
      "number the objects; or save the mask with 0 and 255, whose connected parts are objects",
    );
  }
  if (counts.size >= MANY) {
    if (hasRaggedEdges(labels)) {
      add(
        "warning",
        `the mask has ${counts.size} values, many in lines 1 px thin: it looks resized with interpolation or saved as JPEG`,
        "save masks as PNG or TIFF, resize them by nearest neighbour",
      );
    } else if (kind === "classes" && countComponents(sample) <= 1.5 * counts.size) {
      add(
        "warning",
        `nearly each of the ${counts.size} labels is in one place: they look like the numbers of objects`,
        'say kind "instances"',
      );
    }
  }
  const shift = labelShift(sample);
  if (shift) {
    add(
      "warning",
      `the labels fit the image better when moved by x = ${shift.x}, y = ${shift.y} px`,
      "check that mask and image belong together",
    );
  }
}

/** Grey that is kept as colours fits grey, and the reverse. */
function isOneSort({ image, kind }: Sample, first: Sample): boolean {
  if (kind !== first.kind) return false;
  try {
    toChannels(image, first.image.channels);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const isOneSize = ({ image, labels }: Sample) =>
  image.width === labels.width && image.height === labels.height;

/** From this number on, labels are examined for being none. */
const MANY = 6;

function countComponents({ labels }: Sample): number {
  return connectedComponents(labels).data.reduce((most, label) => Math.max(most, label), 0);
}

function summary(counts: Map<number, number>, objects: number | undefined, classes?: number): Finding[] {
  const known = [...counts].filter(([label]) => label >= 0).sort(([a], [b]) => a - b);
  const total = known.reduce((sum, [, count]) => sum + count, 0);
  const share = ([label, count]: [number, number]) => {
    const name = objects === undefined ? `class ${label}` : label === 0 ? "background" : "objects";
    return `${name} ${((100 * count) / total).toFixed(1)} %`;
  };
  const shares = known.slice(0, 12).map(share).join(", ");
  const ignored = counts.get(-1) ?? 0;
  const parts = [
    `${objects === undefined ? "" : `${objects} objects; `}${shares}${known.length > 12 ? ", …" : ""}`,
    ignored > 0 ? `, ignored ${((100 * ignored) / (total + ignored)).toFixed(1)} % of all pixels` : "",
  ];
  const findings: Finding[] = [
    {
      severity: "info",
      sample: "",
      problem: parts.join(""),
      remedy: "balanced class weights make up for rare classes",
    },
  ];
  if (objects !== undefined) return findings;
  const highest = known.at(-1)?.[0] ?? 0;
  const absent = Array.from({ length: classes ?? highest + 1 }, (_, label) => label).filter(
    (label) => !counts.has(label),
  );
  if (absent.length > 0) {
    const listed = `${absent.slice(0, 6).join(", ")}${absent.length > 6 ? ", …" : ""}`;
    findings.push({
      severity: "warning",
      sample: "",
      problem: `no pixel is of class ${listed}`,
      remedy: "check the masks, map their values to 0, 1, 2, …, or train fewer classes",
    });
  }
  return findings;
}

function frequencies(data: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; ) {
    const label = data[i];
    const start = i;
    while (i < data.length && data[i] === label) i++;
    counts.set(label, (counts.get(label) ?? 0) + i - start);
  }
  return counts;
}

function at({ labels }: Sample, label: number): string {
  const i = labels.data.indexOf(label);
  return ` at x = ${i % labels.width}, y = ${Math.floor(i / labels.width)}`;
}

/** Two 32-bit hashes (FNV-1a, with two multipliers) of the pixels, with the sizes. */
function fingerprint({ width, height, channels, data }: Image): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b ^ bytes[i], 0x85ebca6b);
  }
  return `${width} ${height} ${channels} ${a} ${b}`;
}
