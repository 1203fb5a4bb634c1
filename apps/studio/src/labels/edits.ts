import { IGNORE, type Rect } from "@unet/image";
import type { LabelLayer } from "./label-layer.js";
import { brushRegion, type Point, polygonRegion, type Region } from "./region.js";

/** What a user does to labels. Objects are named by their numbers; `label` 0 is background, −1 unknown. */
export type Edit =
  /** A stroke of a round brush. `only`: other labels than these stay as they are. */
  | { type: "brush"; points: Point[]; radius: number; label: number; only?: number[]; over?: boolean }
  | { type: "polygon"; points: Point[]; label: number; over?: boolean }
  /** The pixels around a point that are connected and of one label. */
  | { type: "fill"; at: Point; label: number }
  /** Parts the objects that a line crosses, or only those that are named. */
  | { type: "split"; points: Point[]; objects?: number[] }
  | { type: "merge"; objects: number[] }
  | { type: "remove"; objects: number[] }
  /** Background that objects enclose becomes their own. */
  | { type: "fill-holes"; objects: number[] }
  /** All background becomes unknown, or all that is unknown background. */
  | { type: "background"; becomes: "unknown" | "known" }
  /** Everything anew: what a network found, or a file holds. */
  | { type: "replace"; labels: Int32Array; series?: string };

/** What an edit did. */
export interface Edited {
  /** Where labels have changed; nothing where none did. */
  rect?: Rect;
  /** The object that was drawn, or the parts that came of a split. */
  objects: number[];
}

/** An edit that can't be done as it was asked; the message is for the user. */
class EditError extends Error {
  override name = "EditError";
}

/**
 * Does an edit as one step that can be undone.
 *
 * @throws EditError that says why nothing was changed
 */
export function applyEdit(layer: LabelLayer, edit: Edit): Edited {
  switch (edit.type) {
    case "brush": {
      const region = brushRegion(edit.points, edit.radius, layer);
      return region ? paint(layer, region, edit) : { objects: [] };
    }
    case "polygon": {
      const region = polygonRegion(edit.points, layer);
      return region ? paint(layer, region, edit) : { objects: [] };
    }
    case "fill":
      return fill(layer, edit.at, edit.label);
    case "split":
      return split(layer, edit.points, edit.objects);
    case "merge": {
      if (edit.objects.length < 2) throw new EditError("Select two or more objects to merge them");
      const [first, ...others] = [...edit.objects].sort((a, b) => a - b);
      return { ...relabel(layer, others, first), objects: [first] };
    }
    case "remove":
      return { ...relabel(layer, edit.objects, 0), objects: [] };
    case "fill-holes":
      return fillHoles(layer, edit.objects);
    case "background": {
      const [from, to] = edit.becomes === "unknown" ? [0, IGNORE] : [IGNORE, 0];
      return { ...relabel(layer, [from], to), objects: [] };
    }
    case "replace": {
      const rect = { x: 0, y: 0, width: layer.width, height: layer.height };
      return { rect: layer.write(rect, edit.labels, edit.series) ? rect : undefined, objects: [] };
    }
  }
}

/** Sets a region to a label. An object is drawn beside others, not over them, unless `over` says so. */
function paint(
  layer: LabelLayer,
  { rect, mask }: Region,
  { label, only, over }: { label: number; only?: number[]; over?: boolean },
): Edited {
  const labels = layer.read(rect);
  const keep = only && new Set(only);
  for (let i = 0; i < labels.length; i++) {
    if (!mask[i]) continue;
    if (keep ? !keep.has(labels[i]) : label > 0 && !over && labels[i] > 0) continue;
    labels[i] = label;
  }
  const changed = layer.write(rect, labels);
  return { rect: changed ? rect : undefined, objects: label > 0 && changed ? [label] : [] };
}

function fill(layer: LabelLayer, { x, y }: Point, label: number): Edited {
  const { width, height, labels } = layer;
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return { objects: [] };
  const { rect, mask, open, count } = connected(layer, Math.floor(x), Math.floor(y));
  if (labels.data[Math.floor(y) * width + Math.floor(x)] <= 0 && open && count > (width * height) / 4) {
    throw new EditError(
      "This area is open to the image's border: draw its outline closed first, then fill it",
    );
  }
  const part = layer.read(rect);
  for (let i = 0; i < part.length; i++) if (mask[i]) part[i] = label;
  const changed = layer.write(rect, part);
  return { rect: changed ? rect : undefined, objects: label > 0 ? [label] : [] };
}

/** The pixels connected along sides to one, of its label, and whether they reach the border. */
function connected(layer: LabelLayer, x: number, y: number): Region & { open: boolean; count: number } {
  const { width, height, labels } = layer;
  const { data } = labels;
  const label = data[y * width + x];
  const seen = new Uint8Array(width * height);
  const stack = [y * width + x];
  seen[stack[0]] = 1;
  let [left, right, top, bottom] = [x, x, y, y];
  let count = 0;
  while (stack.length > 0) {
    const pixel = stack.pop() as number;
    const [px, py] = [pixel % width, Math.floor(pixel / width)];
    count++;
    left = Math.min(left, px);
    right = Math.max(right, px);
    top = Math.min(top, py);
    bottom = Math.max(bottom, py);
    const visit = (next: number) => {
      if (seen[next] || data[next] !== label) return;
      seen[next] = 1;
      stack.push(next);
    };
    if (px > 0) visit(pixel - 1);
    if (px < width - 1) visit(pixel + 1);
    if (py > 0) visit(pixel - width);
    if (py < height - 1) visit(pixel + width);
  }
  const rect = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  const mask = new Uint8Array(rect.width * rect.height);
  for (let row = 0; row < rect.height; row++) {
    const from = (top + row) * width + left;
    mask.set(seen.subarray(from, from + rect.width), row * rect.width);
  }
  const open = left === 0 || top === 0 || right === width - 1 || bottom === height - 1;
  return { rect, mask, open, count };
}

/** Every pixel of some labels becomes another label. */
function relabel(layer: LabelLayer, from: readonly number[], to: number): Pick<Edited, "rect"> {
  const wanted = new Set(from);
  const rect = boxOf(layer, wanted);
  if (!rect) return {};
  const labels = layer.read(rect);
  for (let i = 0; i < labels.length; i++) if (wanted.has(labels[i])) labels[i] = to;
  return { rect: layer.write(rect, labels) ? rect : undefined };
}

/** The smallest rectangle that holds all pixels of some labels. */
export function boxOf(layer: LabelLayer, wanted: ReadonlySet<number>): Rect | undefined {
  const { width, height, labels } = layer;
  const { data } = labels;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!wanted.has(data[i])) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return bottom < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Cuts objects along a line. The largest part of each keeps its number, the others get new ones, and the pixels of the
 * line go to the part beside them: none is lost.
 */
function split(layer: LabelLayer, points: readonly Point[], objects?: readonly number[]): Edited {
  const line = brushRegion(points, 0.75, layer);
  const crossed = new Set<number>();
  if (line) {
    const under = layer.read(line.rect);
    for (let i = 0; i < under.length; i++) {
      if (line.mask[i] && under[i] > 0 && (!objects?.length || objects.includes(under[i]))) {
        crossed.add(under[i]);
      }
    }
  }
  if (!line || crossed.size === 0) throw new EditError("Draw the line across the object that shall be split");
  const rect = boxOf(layer, crossed) as Rect;
  const labels = layer.read(rect);
  const isCut = (i: number) => {
    const x = rect.x + (i % rect.width) - line.rect.x;
    const y = rect.y + Math.floor(i / rect.width) - line.rect.y;
    return (
      x >= 0 &&
      y >= 0 &&
      x < line.rect.width &&
      y < line.rect.height &&
      line.mask[y * line.rect.width + x] === 1
    );
  };
  let next = layer.nextLabel();
  const parts: number[] = [];
  for (const label of crossed) {
    const components = componentsOf(labels, rect.width, label, isCut);
    if (components.length < 2) continue;
    components.sort((a, b) => b.length - a.length);
    const own = components.map((_, index) => (index === 0 ? label : next++));
    parts.push(...own);
    const assigned = new Map<number, number>();
    for (const [index, pixels] of components.entries()) {
      for (const pixel of pixels) assigned.set(pixel, own[index]);
    }
    growInto(labels, rect.width, label, assigned);
    for (const [pixel, part] of assigned) labels[pixel] = part;
  }
  if (parts.length === 0) {
    throw new EditError("The line must cross the object from one side to the other");
  }
  return { rect: layer.write(rect, labels) ? rect : undefined, objects: parts };
}

/** The parts of a label that are left without the pixels of a cut, each as its pixels. */
function componentsOf(
  labels: Int32Array,
  width: number,
  label: number,
  isCut: (pixel: number) => boolean,
): number[][] {
  const seen = new Uint8Array(labels.length);
  const components: number[][] = [];
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] || labels[start] !== label || isCut(start)) continue;
    const pixels = [start];
    seen[start] = 1;
    for (let at = 0; at < pixels.length; at++) {
      for (const next of neighbours(pixels[at], width, labels.length)) {
        if (seen[next] || labels[next] !== label || isCut(next)) continue;
        seen[next] = 1;
        pixels.push(next);
      }
    }
    components.push(pixels);
  }
  return components;
}

/** Gives each pixel of the label that no part has to the part that reaches it first. */
function growInto(labels: Int32Array, width: number, label: number, assigned: Map<number, number>): void {
  const queue = [...assigned.keys()];
  for (const pixel of queue) {
    for (const next of neighbours(pixel, width, labels.length)) {
      if (labels[next] !== label || assigned.has(next)) continue;
      assigned.set(next, assigned.get(pixel) as number);
      queue.push(next);
    }
  }
}

function neighbours(pixel: number, width: number, length: number): number[] {
  const x = pixel % width;
  const all: number[] = [];
  if (x > 0) all.push(pixel - 1);
  if (x < width - 1) all.push(pixel + 1);
  if (pixel >= width) all.push(pixel - width);
  if (pixel + width < length) all.push(pixel + width);
  return all;
}

function fillHoles(layer: LabelLayer, objects: readonly number[]): Edited {
  const whole = boxOf(layer, new Set(objects));
  if (!whole) return { objects: [] };
  const labels = layer.read(whole);
  for (const label of objects) {
    const outside = new Uint8Array(labels.length);
    const queue: number[] = [];
    const { width, height } = whole;
    const visit = (pixel: number) => {
      if (outside[pixel] || labels[pixel] === label) return;
      outside[pixel] = 1;
      queue.push(pixel);
    };
    for (let x = 0; x < width; x++) {
      visit(x);
      visit((height - 1) * width + x);
    }
    for (let y = 0; y < height; y++) {
      visit(y * width);
      visit(y * width + width - 1);
    }
    for (const pixel of queue) for (const next of neighbours(pixel, width, labels.length)) visit(next);
    for (let i = 0; i < labels.length; i++) if (!outside[i] && labels[i] <= 0) labels[i] = label;
  }
  return { rect: layer.write(whole, labels) ? whole : undefined, objects: [...objects] };
}
