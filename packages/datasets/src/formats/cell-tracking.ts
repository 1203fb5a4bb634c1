import { type DecodeOptions, IGNORE, type LabelImage, readImage, readLabels } from "@unet/image";
import { assertIndex, type Dataset } from "../dataset.js";
import { DatasetError } from "../errors.js";
import { type Folder, naturalOrder } from "../files/folder.js";
import { openFolder } from "../files/open-folder.js";
import { onceEach } from "../once-each.js";
import { ignoreBorder } from "./ignore-border.js";

const truths = ["gold", "silver", "both", "markers"] as const;

/** What {@link readCellTracking} is told. */
export interface CellTrackingOptions extends DecodeOptions {
  /**
   * `"gold"`: the frames that people annotated (`_GT/SEG`). `"silver"`: those that the best programs agreed
   * on (`_ST/SEG`). `"both"`: gold where a frame has it, else silver. `"markers"`: not objects but one marker for
   * each (`_GT/TRA`), which DET and TRA are measured against. Default `"gold"`.
   */
  truth?: (typeof truths)[number];
  /**
   * Width of the band along the image's border, px, that the challenge doesn't look into: cells that lie in it
   * wholly aren't annotated, though seen, so what is unlabelled there becomes ignore, see {@link ignoreBorder}. 50
   * for PhC-C2DH-U373 and DIC-C2DH-HeLa; 0 (default) takes it for background. Without meaning for `"markers"`.
   */
  border?: number;
}

/**
 * A sequence of the Cell Tracking Challenge in its own layout: `01/t000.tif`, `01_GT/SEG/man_seg000.tif`,
 * `01_ST/SEG/man_seg000.tif`, `01_GT/TRA/man_track000.tif`. The samples are the frames that have the truth
 * asked for, in order, with instance labels.
 *
 * Gold frames may be annotated in part. `_GT/TRA` marks every cell, so where a marker has no gold object
 * over it, its pixels become ignore, and with `"both"` the silver object under it does too.
 *
 * @param folder path of the data set's folder (Node), or a {@link Folder}
 * @param sequence `"01"` or `"02"`
 * @throws DatasetError that names what is missing
 */
export async function readCellTracking(
  folder: string | Folder,
  sequence: string,
  { truth = "gold", border = 0, ...options }: CellTrackingOptions = {},
): Promise<Dataset> {
  if (!truths.includes(truth)) {
    throw new RangeError(`readCellTracking: truth must be one of ${truths.join(", ")}, got "${truth}"`);
  }
  if (!Number.isInteger(border) || border < 0) {
    throw new RangeError(`readCellTracking: border must be a whole number of px from 0, got ${border}`);
  }
  const files = await openFolder(folder);
  const decode = onceEach(options);
  const list = await files.list();
  const images = frames(list, `${sequence}/t`);
  const gold = frames(list, `${sequence}_GT/SEG/man_seg`);
  const silver = frames(list, `${sequence}_ST/SEG/man_seg`);
  const markers = frames(list, `${sequence}_GT/TRA/man_track`);
  if (images.size === 0) {
    throw new DatasetError(
      `${files.path} has no sequence ${sequence}: expected ${sequence}/t000.tif, ${sequence}/t001.tif, …${sequencesIn(list)}`,
    );
  }
  const sources = { gold: [gold], silver: [silver], both: [gold, silver], markers: [markers] }[truth];
  const annotated = [...images.keys()].filter((frame) => sources.some((source) => source.has(frame)));
  if (annotated.length === 0) {
    const [goldFolder, silverFolder] = [`${sequence}_GT/SEG`, `${sequence}_ST/SEG`];
    const both = `${goldFolder} or ${silverFolder}`;
    const folders = { gold: goldFolder, silver: silverFolder, both, markers: `${sequence}_GT/TRA` };
    throw new DatasetError(
      `${files.path} has no ${truth} truth for sequence ${sequence}: expected files of its frames in ${folders[truth]}`,
    );
  }

  const labelsOf = async (frame: number): Promise<LabelImage> => {
    const read = async (of: Map<number, string>) =>
      readLabels(await files.read(of.get(frame) as string), decode);
    if (truth === "markers") return read(markers);
    const isGold = truth !== "silver" && gold.has(frame);
    const labels = ignoreBorder(await read(isGold ? gold : silver), border);
    if (!isGold || !markers.has(frame)) return labels;
    const under = truth === "both" && silver.has(frame) ? await read(silver) : undefined;
    return ignoreUnannotated(labels, await read(markers), under);
  };
  const names = annotated.map((frame) => images.get(frame) as string);
  return {
    length: annotated.length,
    names,
    sequential: true,
    async get(index) {
      assertIndex(index, annotated.length, "readCellTracking");
      const image = await readImage(await files.read(names[index]), decode);
      const labels = await labelsOf(annotated[index]);
      if (image.width !== labels.width || image.height !== labels.height) {
        throw new DatasetError(
          `${files.path}/${names[index]} is ${image.width} × ${image.height} px, but its labels are ${labels.width} × ${labels.height}`,
        );
      }
      return { name: names[index], image, labels, kind: "instances" };
    },
  };
}

/**
 * Labels in which the pixels of every marker without an object are {@link IGNORE}, and so are those of the
 * silver object that covers most of such a marker. An object has a marker if it covers more than half of it,
 * as the challenge's own measures say.
 */
export function ignoreUnannotated(labels: LabelImage, markers: LabelImage, silver?: LabelImage): LabelImage {
  const missing = new Set(markers.data);
  for (const marker of bestCover(markers, labels).keys()) missing.delete(marker);
  missing.delete(0);
  const covers = silver ? bestCover(markers, silver) : new Map<number, number>();
  const unknown = new Set(
    [...missing].map((marker) => covers.get(marker)).filter((label) => label !== undefined),
  );
  const data = labels.data.slice();
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0) continue;
    if (missing.has(markers.data[i]) || (silver && unknown.has(silver.data[i]))) data[i] = IGNORE;
  }
  return { ...labels, data };
}

/** For each marker the object that covers more than half of it. */
function bestCover(markers: LabelImage, objects: LabelImage): Map<number, number> {
  const sizes = new Map<number, number>();
  const overlaps = new Map<number, Map<number, number>>();
  for (let i = 0; i < markers.data.length; i++) {
    const marker = markers.data[i];
    if (marker <= 0) continue;
    sizes.set(marker, (sizes.get(marker) ?? 0) + 1);
    const object = objects.data[i];
    if (object <= 0) continue;
    const row = overlaps.get(marker) ?? new Map<number, number>();
    row.set(object, (row.get(object) ?? 0) + 1);
    overlaps.set(marker, row);
  }
  const covers = new Map<number, number>();
  for (const [marker, row] of overlaps) {
    for (const [object, overlap] of row) {
      if (2 * overlap > (sizes.get(marker) as number)) covers.set(marker, object);
    }
  }
  return covers;
}

/** The files `PREFIX…NUMBER.tif` by their number. */
function frames(list: string[], prefix: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const path of naturalOrder(list)) {
    const match = path.startsWith(prefix) && /^(\d+)\.tiff?$/i.exec(path.slice(prefix.length));
    if (match) found.set(Number(match[1]), path);
  }
  return found;
}

function sequencesIn(list: string[]): string {
  const sequences = new Set(list.flatMap((path) => /^(\d+)\/t\d+\.tiff?$/i.exec(path)?.[1] ?? []));
  return sequences.size > 0 ? `; it has ${naturalOrder(sequences).join(", ")}` : "";
}
