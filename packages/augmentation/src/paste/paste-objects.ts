import {
  assertImage,
  assertLabels,
  type ImageData,
  type LabelImage,
  randomAt,
  type Sample,
} from "@unet/image";
import { type Cutout, cutOut } from "./cut-out.js";

/** What {@link pasteObjects} may be told. */
export interface PasteObjectsOptions {
  /** The same seed and index give the same sample. */
  seed: number;
  /** Number of the sample to make. Default 0. */
  index?: number;
  /** Objects to paste. Default 2. */
  count?: number;
  /** Share of another object that a pasted one may cover at most, 0 to 1. Default 0.2: most cells touch, few overlap. */
  overlap?: number;
}

/**
 * Pastes objects of annotated images onto a sample's own objects, so that they touch, overlap and lie in one another
 * far more often than a few images show ("copy-paste", Ghiasi et al. 2021, arXiv:2012.07177). Made before the weight
 * map, so that the new borders are stressed like all others.
 *
 * Each object is drawn from a random donor, turned by a right angle and mirrored at random, and placed so that one of
 * its pixels lies on a pixel of an object of the sample. Its pixels replace the image's; over 3 px around them the two
 * are mixed. If it would cover more of another than `overlap` says, all is drawn again, up to 20 times. Objects that the
 * border of their image cuts are not taken.
 *
 * @param sample an image with an instance map; unchanged
 * @param donors images with instance maps, of as many channels and the same scale of grey values; `sample` may be one
 * @returns a new sample; pasted objects have numbers that follow the sample's largest
 * @throws RangeError where labels aren't instances, channels differ, `count` is no whole number or `overlap` no share
 */
export function pasteObjects(
  sample: Sample,
  donors: readonly Sample[],
  { seed, index = 0, count = 2, overlap = 0.2 }: PasteObjectsOptions,
): Sample {
  for (const each of [sample, ...donors]) check(each, sample);
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`pasteObjects: count must be a whole number from 0, got ${count}`);
  }
  if (!(overlap >= 0 && overlap <= 1)) {
    throw new RangeError(`pasteObjects: overlap must be a share from 0 to 1, got ${overlap}`);
  }
  const random = randomAt(seed, "paste objects", index);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const image = { ...sample.image, data: sample.image.data.slice() };
  const labels = { ...sample.labels, data: sample.labels.data.slice() };
  const hosts = pixelsOfObjects(labels);
  let last = labels.data.reduce((most, label) => Math.max(most, label), 0);
  for (let pasted = 0; pasted < count && donors.length > 0 && hosts.length > 0; pasted++) {
    for (let trial = 0; trial < 20; trial++) {
      const donor = pick(donors);
      const label = pick(wholeObjects(donor.labels));
      if (label === undefined) continue;
      const object = cutOut(donor, label, Math.floor(random() * 8));
      const to = pick(hosts);
      const from = pick(object.pixels);
      const x = (to % labels.width) - (from % object.width);
      const y = Math.floor(to / labels.width) - Math.floor(from / object.width);
      if (coversMore(overlap, labels, object, x, y)) continue;
      last += 1;
      paste(image, labels, object, { x, y, label: last });
      break;
    }
  }
  return { ...sample, image, labels };
}

function check({ name, image, labels, kind }: Sample, { image: { channels } }: Sample): void {
  assertImage(image, "pasteObjects");
  assertLabels(labels, "pasteObjects");
  if (kind !== "instances") throw new RangeError(`pasteObjects: the labels of ${name} must be instances`);
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new RangeError(`pasteObjects: labels of ${name} must be as large as its image`);
  }
  if (image.channels !== channels) {
    throw new RangeError(`pasteObjects: ${name} has ${image.channels} channels, the sample ${channels}`);
  }
}

/** The objects that the border of the image doesn't cut, which are those that {@link pasteObjects} takes; ascending. */
export function wholeObjects({ width, height, data }: LabelImage): number[] {
  const cut = new Set<number>();
  for (let x = 0; x < width; x++) cut.add(data[x]).add(data[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) cut.add(data[y * width]).add(data[(y + 1) * width - 1]);
  return [...new Set(data)].filter((label) => label > 0 && !cut.has(label)).sort((a, b) => a - b);
}

function pixelsOfObjects({ data }: LabelImage): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] > 0) pixels.push(i);
  return pixels;
}

/** Whether more than that share of another object would be covered, if it were pasted there. */
function coversMore(share: number, labels: LabelImage, object: Cutout, x: number, y: number): boolean {
  const covered = new Map<number, number>();
  for (const pixel of object.pixels) {
    const [row, column] = [y + Math.floor(pixel / object.width), x + (pixel % object.width)];
    if (row < 0 || row >= labels.height || column < 0 || column >= labels.width) continue;
    const label = labels.data[row * labels.width + column];
    if (label > 0) covered.set(label, (covered.get(label) ?? 0) + 1);
  }
  if (covered.size === 0) return false;
  const sizes = new Map<number, number>();
  for (const label of labels.data) if (covered.has(label)) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...covered].some(([label, pixels]) => pixels > share * sizes.get(label)!);
}

function paste(
  image: { width: number; height: number; channels: number; data: ImageData },
  labels: LabelImage,
  object: Cutout,
  { x, y, label }: { x: number; y: number; label: number },
): void {
  const { channels } = image;
  for (let v = 0; v < object.height; v++) {
    for (let u = 0; u < object.width; u++) {
      const [row, column] = [y + v, x + u];
      if (row < 0 || row >= image.height || column < 0 || column >= image.width) continue;
      const from = v * object.width + u;
      const to = row * image.width + column;
      const opacity = object.opacity[from];
      for (let c = 0; c < channels; c++) {
        const [below, above] = [image.data[to * channels + c], object.values[from * channels + c]];
        const mixed = below + opacity * (above - below);
        image.data[to * channels + c] = image.data instanceof Float32Array ? mixed : Math.round(mixed);
      }
      if (opacity === 1) labels.data[to] = label;
    }
  }
}
