import { encodeLabels, encodePng, type Image, type LabelImage, type PixelSize } from "@unet/image";
import { drawOutlines, toGrey } from "@unet/image/picture";
import { imagejRoi, roiZip } from "@unet/inference/imagej";
import {
  type InstanceRow,
  instancesToCsv,
  measureInstances,
  outlineInstances,
} from "@unet/inference/instances";
import { zipSync } from "fflate";
import type { PlaneId } from "../images/plane-id.js";

/** What can be taken away. */
export type FileKind = "labels" | "picture" | "rois" | "geojson" | "table";

/** An image, and which of its planes are meant. */
export interface Wanted {
  id: string;
  name: string;
  planes: number[];
  /** How its planes lie. */
  slices: number;
  frames: number;
  pixelSize?: PixelSize;
}

/** What is wanted, of which images. */
export interface ExportOptions {
  kind: FileKind;
  images: Wanted[];
}

/** Where pixels, labels and scores come from. */
interface Source {
  image(at: PlaneId): Promise<Image>;
  labels(at: PlaneId): Promise<LabelImage>;
  scores(at: PlaneId): Image | undefined;
}

/**
 * Makes a file to take away: of one image itself, of several a zip of theirs; a table is one of all.
 *
 * @returns what to call it, and what it holds
 */
export async function exportFiles(
  { kind, images }: ExportOptions,
  source: Source,
): Promise<{ name: string; blob: Blob }> {
  if (kind === "table") {
    const rows: InstanceRow[] = [];
    for (const image of images) rows.push(...(await rowsOf(image, source)));
    const name = images.length === 1 ? `${stemOf(images[0].name)}-objects.csv` : "objects.csv";
    return { name, blob: new Blob([instancesToCsv(rows)], { type: "text/csv" }) };
  }
  const files = new Map<string, Uint8Array>();
  for (const image of images) {
    for (const [name, bytes] of await filesOf(kind, image, source)) files.set(unused(name, files), bytes);
  }
  const [[first, bytes]] = files;
  if (files.size === 1) return { name: first, blob: blobOf(bytes, first) };
  // Pictures and TIFFs are compressed already.
  const zip = zipSync(Object.fromEntries(files), { level: kind === "geojson" ? 6 : 0 });
  const name = `${images.length === 1 ? `${stemOf(images[0].name)}-` : ""}${kind}.zip`;
  return { name, blob: blobOf(zip, name) };
}

async function filesOf(
  kind: Exclude<FileKind, "table">,
  wanted: Wanted,
  source: Source,
): Promise<Map<string, Uint8Array>> {
  const { id, planes, slices, frames, pixelSize } = wanted;
  const stem = stemOf(wanted.name);
  const files = new Map<string, Uint8Array>();
  if (kind === "labels") {
    const stack: LabelImage[] = [];
    for (const plane of planes) stack.push(await source.labels({ id, plane }));
    const whole = planes.length === slices * frames;
    files.set(`${stem}-labels.tif`, await encodeLabels(stack, { pixelSize, frames: whole ? frames : 1 }));
    return files;
  }
  if (kind === "rois") {
    const rois = new Map<string, Uint8Array>();
    for (const plane of planes) {
      const { features } = outlineInstances(await source.labels({ id, plane }));
      for (const feature of features) {
        const name = planes.length === 1 ? String(feature.id) : `${plane + 1}-${feature.id}`;
        const position = slices * frames > 1 ? plane + 1 : undefined;
        rois.set(name, imagejRoi(feature, { name, position }));
      }
    }
    files.set(`${stem}-rois.zip`, roiZip(rois));
    return files;
  }
  for (const plane of planes) {
    const page = planes.length === 1 ? "" : `-${plane + 1}`;
    const labels = await source.labels({ id, plane });
    if (kind === "picture") {
      const image = await source.image({ id, plane });
      files.set(`${stem}${page}-outlines.png`, await encodePng(drawOutlines(toGrey(image), labels)));
    } else {
      const collection = outlineInstances(labels, source.scores({ id, plane }));
      files.set(`${stem}${page}.geojson`, new TextEncoder().encode(JSON.stringify(collection)));
    }
  }
  return files;
}

async function rowsOf(
  { id, name, planes, slices, frames, pixelSize }: Wanted,
  source: Source,
): Promise<InstanceRow[]> {
  const rows: InstanceRow[] = [];
  for (const plane of planes) {
    const image = await source.image({ id, plane });
    const measures = measureInstances(await source.labels({ id, plane }), source.scores({ id, plane }), {
      image,
      pixelSize,
    });
    const page = slices * frames > 1 ? plane + 1 : undefined;
    rows.push(...measures.map((row) => ({ image: name, page, ...row })));
  }
  return rows;
}

function stemOf(name: string): string {
  return name.replace(/\.(ome\.)?[a-z0-9]{3,4}$/i, "");
}

/** A name that no other file has: the second `a.tif` is `a-2.tif`. */
function unused(name: string, files: ReadonlyMap<string, unknown>): string {
  if (!files.has(name)) return name;
  for (let count = 2; ; count++) {
    const other = name.replace(/(\.[^.]+)$/, `-${count}$1`);
    if (!files.has(other)) return other;
  }
}

const types: Record<string, string> = {
  tif: "image/tiff",
  png: "image/png",
  zip: "application/zip",
  geojson: "application/geo+json",
};

function blobOf(bytes: Uint8Array, name: string): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: types[name.split(".").at(-1) as string] });
}
