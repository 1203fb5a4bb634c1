import { cropMirrored, type Image, type LabelImage, type Rect, readImage, type Size } from "@unet/image";
import { labelScores, type TaskOutput } from "@unet/inference";
import { type InstanceMeasures, measureInstances } from "@unet/inference/instances";
import { defaultChannel, type ImageInfo, Library } from "../images/library.js";
import type { ImageFrom } from "../images/open-source.js";
import { type Channel, type Histogram, type Levels, Plane } from "../images/plane.js";
import type { PlaneId } from "../images/plane-id.js";
import { drawSample, type SampleId } from "../images/samples.js";
import { readStored, removeStored, writeStored } from "../images/storage.js";
import { applyEdit, boxOf, type Edit } from "../labels/edits.js";
import { LabelLayer } from "../labels/label-layer.js";
import { type LabelLook, type Part, renderLabels } from "../labels/render-labels.js";
import { decodeRuns, encodeRuns } from "../labels/runs.js";
import { type Annotated, findAnnotated, labelsOfSample, type Placed } from "./annotated.js";
import { type ExportOptions, exportFiles } from "./export-files.js";
import { LIST, type ProjectList, packProject, unpackProject } from "./project-file.js";
import { handingOver } from "./rpc.js";

/** What is known of the labels of a plane. */
export interface LabelInfo {
  objects: number;
  /** Whether there is a pixel that nobody annotated. */
  unknown: boolean;
  undo: number;
  redo: number;
  undoBytes: number;
  /** A number that no object has had. */
  next: number;
  /** Whether threshold and smallest object can be changed without the network. */
  scores: boolean;
}

const library = new Library();
const layers = new Map<string, LabelLayer>();
/** Scores of the planes that were segmented last, as many as fit. */
const scores = new Map<string, { map: Image<Float32Array>; out: TaskOutput }>();
const SCORE_BYTES = 256 * 2 ** 20;

/** What a network that is being trained finds by now: shown in place of the labels, and kept nowhere. */
let previewed: { key: string; labels: LabelImage } | undefined;

const keyOf = ({ id, plane }: PlaneId) => `${id}/${plane}`;

/** What the worker of pixels and labels does. Everything large stays there: the page is given tiles and tables. */
export const pixelMethods = {
  /** Opens an image; it is kept, so that it is there after a reload. */
  async open({ id, from, keep }: { id: string; from: ImageFrom; keep: boolean }): Promise<{
    info: ImageInfo;
    thumbnail: ImageBitmap;
    /** Why it could not be kept. */
    notKept?: string;
  }> {
    const { info, plane } = await library.add(id, from);
    const { width, height, data } = plane.thumbnail(defaultChannel(info), 96);
    const thumbnail = await createImageBitmap(new ImageData(data, width, height));
    const notKept = keep
      ? await keepImage(id, from).then(
          () => undefined,
          (error: Error) => error.message,
        )
      : undefined;
    return handingOver({ info, thumbnail, notKept }, [thumbnail]);
  },

  async close({ id, planes }: { id: string; planes: number }): Promise<void> {
    library.remove(id);
    for (let plane = 0; plane < planes; plane++) {
      layers.delete(keyOf({ id, plane }));
      scores.delete(keyOf({ id, plane }));
    }
    await removeStored(`images/${id}`);
    await removeStored(`labels/${id}`);
  },

  /** A sample picture as a file. */
  sample: ({ id, index }: { id: SampleId; index: number }): Promise<File> => drawSample(id, index),

  /** A sample picture, small. */
  async sampleThumbnail({ id }: { id: SampleId }): Promise<ImageBitmap> {
    const image = await readImage(await drawSample(id, 0));
    const middle = cropMirrored(image, { x: 128, y: 128, width: 256, height: 256 });
    const { width, height, data } = new Plane(middle).thumbnail(0, 128);
    return bitmapOf(data, { level: 0, x: 0, y: 0, width, height });
  },

  /** What the page needs to show a plane. */
  async show({
    channel,
    ...at
  }: PlaneId & { channel: Channel }): Promise<{ size: Size; histogram: Histogram; labels: LabelInfo }> {
    const plane = await library.plane(at.id, at.plane);
    const { width, height } = plane.image;
    return {
      size: { width, height },
      histogram: plane.histogram(channel),
      labels: infoOf(at, await layerOf(at)),
    };
  },

  async tile({
    channel,
    part,
    levels,
    ...at
  }: PlaneId & { channel: Channel; part: Part; levels: Levels }): Promise<ImageBitmap> {
    const plane = await library.plane(at.id, at.plane);
    return bitmapOf(plane.render(channel, part, levels), part);
  },

  async labelTile({ part, look, ...at }: PlaneId & { part: Part; look: LabelLook }): Promise<ImageBitmap> {
    const { labels } = previewed?.key === keyOf(at) ? previewed : await layerOf(at);
    return bitmapOf(renderLabels(labels, part, look), part);
  },

  /** What is at a pixel. */
  async probe({
    x,
    y,
    ...at
  }: PlaneId & { x: number; y: number }): Promise<{ values: number[]; label: number }> {
    const { image } = await library.plane(at.id, at.plane);
    const from = (Math.floor(y) * image.width + Math.floor(x)) * image.channels;
    const values = Array.from(image.data.subarray(from, from + image.channels));
    return { values, label: (await layerOf(at)).at(x, y) };
  },

  /** The objects of which a pixel lies in a rectangle. */
  async within({ rect, ...at }: PlaneId & { rect: Rect }): Promise<number[]> {
    const layer = await layerOf(at);
    const x = Math.max(0, Math.floor(rect.x));
    const y = Math.max(0, Math.floor(rect.y));
    const width = Math.min(layer.width, Math.ceil(rect.x + rect.width)) - x;
    const height = Math.min(layer.height, Math.ceil(rect.y + rect.height)) - y;
    if (width < 1 || height < 1) return [];
    return [...new Set(layer.read({ x, y, width, height }))].filter((label) => label > 0);
  },

  async box({ objects, ...at }: PlaneId & { objects: number[] }): Promise<Rect | undefined> {
    return boxOf(await layerOf(at), new Set(objects));
  },

  async edit({
    edit,
    ...at
  }: PlaneId & { edit: Edit }): Promise<{ rect?: Rect; objects: number[]; info: LabelInfo }> {
    const layer = await layerOf(at);
    const done = applyEdit(layer, edit);
    return { ...done, info: infoOf(at, layer) };
  },

  async step({
    which,
    ...at
  }: PlaneId & { which: "undo" | "redo" }): Promise<{ rect?: Rect; info: LabelInfo }> {
    const layer = await layerOf(at);
    return { rect: layer[which](), info: infoOf(at, layer) };
  },

  /** Takes what a network found. */
  async found({
    labels,
    map,
    out,
    ...at
  }: PlaneId & { labels: Int32Array; map?: Image<Float32Array>; out: TaskOutput }): Promise<LabelInfo> {
    const layer = await layerOf(at);
    applyEdit(layer, { type: "replace", labels });
    scores.delete(keyOf(at));
    if (map) scores.set(keyOf(at), { map, out });
    let bytes = 0;
    for (const [key, { map }] of [...scores].reverse()) {
      bytes += map.data.byteLength;
      if (bytes > SCORE_BYTES && key !== keyOf(at)) scores.delete(key);
    }
    return infoOf(at, layer);
  },

  /** Finds objects anew in the scores that are known. */
  async relabel({
    out,
    ...at
  }: PlaneId & { out: Partial<TaskOutput> }): Promise<{ info: LabelInfo; changed: boolean }> {
    const known = scores.get(keyOf(at));
    const layer = await layerOf(at);
    if (!known) return { info: infoOf(at, layer), changed: false };
    known.out = { ...known.out, ...out };
    const { data } = labelScores(known.map, known.out);
    applyEdit(layer, { type: "replace", labels: data, series: "scores" });
    return { info: infoOf(at, layer), changed: true };
  },

  /** Shows labels in place of those of a plane, until they are gone again. */
  async preview({ labels, ...at }: PlaneId & { labels?: Int32Array<ArrayBuffer> }): Promise<void> {
    const { width, height } = await layerOf(at);
    previewed = labels && { key: keyOf(at), labels: { width, height, data: labels } };
  },

  async table(at: PlaneId): Promise<InstanceMeasures[]> {
    const { labels } = await layerOf(at);
    const { image } = await library.plane(at.id, at.plane);
    return measureInstances(labels, scores.get(keyOf(at))?.map, { image });
  },

  /** The labels of a plane, for training and for files. */
  async labels(at: PlaneId): Promise<LabelImage> {
    const { width, height, data } = (await layerOf(at)).labels;
    const copy = data.slice();
    return handingOver({ width, height, data: copy }, [copy.buffer]);
  },

  /** Keeps the labels of a plane. */
  async store(at: PlaneId): Promise<void> {
    await writeStored(`labels/${keyOf(at)}`, encodeRuns((await layerOf(at)).labels.data));
  },

  /** Files to take away. */
  async files(options: ExportOptions): Promise<{ name: string; blob: Blob }> {
    return exportFiles(options, {
      image: async (at) => (await library.plane(at.id, at.plane)).image,
      labels: async (at) => (await layerOf(at)).labels,
      scores: (at) => scores.get(keyOf(at))?.map,
    });
  },

  /** The images of a folder that have masks. */
  annotated: ({ files }: { files: Placed[] }): Promise<Annotated[]> => findAnnotated(files),

  /** Takes the mask of one of them as the labels of a plane. */
  async takeMask({ sample, ...at }: PlaneId & { sample: number }): Promise<LabelInfo> {
    const { width, height, data } = await labelsOfSample(sample);
    const layer = await layerOf(at);
    if (width !== layer.width || height !== layer.height) {
      throw new Error(`a mask is ${width} × ${height} px, its image ${layer.width} × ${layer.height}`);
    }
    applyEdit(layer, { type: "replace", labels: data });
    return infoOf(at, layer);
  },

  /** A project as one file, with the images that are open. */
  packProject: ({ list }: { list: ProjectList }): Promise<Blob> =>
    packProject(list, {
      image: async (id) => {
        const from = library.source(id);
        return from instanceof Blob ? from : undefined;
      },
      labels: async (id, plane) =>
        new Uint8Array(encodeRuns((await layerOf({ id, plane })).labels.data).buffer),
      network: (id) => readStored(`networks/${id}`),
    }),

  /**
   * Puts the files of a project where what is kept lies.
   *
   * @returns its list, or nothing where the zip is no project
   */
  async unpackProject({ file }: { file: File }): Promise<ProjectList | undefined> {
    const project = await unpackProject(file);
    if (!project) return undefined;
    for (const [path, content] of project.files) if (path !== LIST) await writeStored(path, content);
    return project.list;
  },

  /** What was kept under a name, and what is to be kept. */
  async read({ path }: { path: string }): Promise<File | undefined> {
    return readStored(path);
  },
  async write({ path, content }: { path: string; content: string | Uint8Array<ArrayBuffer> }): Promise<void> {
    await writeStored(path, content);
  },
  async remove({ path }: { path: string }): Promise<void> {
    await removeStored(path);
  },
};

export type PixelMethods = typeof pixelMethods;

/** The labels of a plane: those in memory, those that were kept, or none yet. */
async function layerOf(at: PlaneId): Promise<LabelLayer> {
  const key = keyOf(at);
  const known = layers.get(key);
  if (known) return known;
  const { width, height } = (await library.plane(at.id, at.plane)).image;
  const stored = await readStored(`labels/${key}`);
  let data: Int32Array<ArrayBuffer> | undefined;
  if (stored) {
    try {
      data = decodeRuns(new Int32Array(await stored.arrayBuffer()), width * height);
    } catch {
      // Damaged: as if there were none.
    }
  }
  const already = layers.get(key);
  if (already) return already;
  const layer = new LabelLayer({ width, height, data: data ?? new Int32Array(width * height) });
  layers.set(key, layer);
  return layer;
}

function infoOf(at: PlaneId, layer: LabelLayer): LabelInfo {
  const { undo, redo, bytes } = layer.history;
  const seen = new Set(layer.labels.data);
  const unknown = seen.delete(-1);
  seen.delete(0);
  return {
    objects: seen.size,
    unknown,
    undo,
    redo,
    undoBytes: bytes,
    next: layer.nextLabel(),
    scores: scores.has(keyOf(at)),
  };
}

async function bitmapOf(data: Uint8ClampedArray<ArrayBuffer>, { width, height }: Part): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(new ImageData(data, width, height));
  return handingOver(bitmap, [bitmap]);
}

/** Keeps an image. @throws Error that says what it takes and what there is, where that is too little */
async function keepImage(id: string, from: ImageFrom): Promise<void> {
  if (!(from instanceof Blob)) {
    // An address is in the list; the files of a folder may be very many.
    if (typeof from.zarr === "string") return;
    throw new Error("a folder of OME-Zarr is not copied");
  }
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const free = quota - usage;
  if (from.size > 0.9 * free) {
    const megabytes = (bytes: number) => `${Math.max(0, Math.round(bytes / 1e6)).toLocaleString("en")} MB`;
    throw new Error(
      `${(from as File).name} takes ${megabytes(from.size)}, and the browser has room for ${megabytes(free)}`,
    );
  }
  await writeStored(`images/${id}`, from);
}
