import type { Image, ImageData, Rect } from "@unet/image";

/** What makes pixels an object. */
export interface ComponentOptions {
  channel: number;
  threshold: number;
  connectivity: 4 | 8;
  fillHoles: boolean;
}

/**
 * Walks down an image row by row and gives each run of equal pixels (in an object, or in the background) a
 * provisional label: that of the first run above that it is connected to, or a new one. Objects and background
 * are connected by dual connectivities. Label 0 is the background that reaches the image's border, and without
 * `fillHoles` all of it. The labels depend on the pixels alone, so a second walk finds the same ones.
 */
export class ComponentRuns {
  /** Runs of the current row. */
  count = 0;
  /** The column after each run; a run starts where the one before ends. */
  ends: Int32Array;
  labels: Int32Array;
  /** Labels given so far, with 0. */
  created = 1;
  #startsInside = false;
  #above: { count: number; ends: Int32Array; labels: Int32Array; startsInside: boolean };
  #y = 0;

  /** @param table takes what is learnt of the labels, on the first walk */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly options: ComponentOptions,
    readonly table?: ComponentTable,
  ) {
    this.ends = new Int32Array(width);
    this.labels = new Int32Array(width);
    this.#above = {
      count: 0,
      ends: new Int32Array(width),
      labels: new Int32Array(width),
      startsInside: false,
    };
  }

  /** Takes the next row of the image: row `row` of `scores`, from its column `left` on. */
  next(scores: Image, row: number, left = 0): void {
    const { ends, labels, count } = this;
    const above = this.#above;
    this.#above = { count, ends, labels, startsInside: this.#startsInside };
    this.ends = above.ends;
    this.labels = above.labels;
    const { channel, connectivity, fillHoles } = this.options;
    this.#cut(scores.data, (row * scores.width + left) * scores.channels + channel, scores.channels);
    this.#link(true, connectivity === 8 ? 1 : 0);
    if (fillHoles) this.#link(false, connectivity === 8 ? 0 : 1);
    else for (let k = this.#startsInside ? 1 : 0; k < this.count; k += 2) this.labels[k] = 0;
    this.#y++;
  }

  /** Finds the runs of a row. */
  #cut(data: ImageData, at: number, stride: number): void {
    const { width, ends } = this;
    const { threshold } = this.options;
    let count = 0;
    let inside = data[at] >= threshold;
    this.#startsInside = inside;
    for (let x = 0, i = at; x < width; inside = !inside) {
      while (x < width && data[i] >= threshold === inside) {
        x++;
        i += stride;
      }
      ends[count++] = x;
    }
    this.count = count;
  }

  /** Labels the runs in objects (`inside`) or those of the background, from the runs above within `reach`. */
  #link(inside: boolean, reach: number): void {
    const { width, ends, labels, count, table } = this;
    const above = this.#above;
    const y = this.#y;
    const edge = y === 0 || y === this.height - 1;
    let first = above.startsInside === inside ? 0 : 1;
    for (let k = this.#startsInside === inside ? 0 : 1; k < count; k += 2) {
      const start = k === 0 ? 0 : ends[k - 1];
      const end = ends[k];
      while (first < above.count && above.ends[first] <= start - reach) first += 2;
      let label = -1;
      for (let j = first; j < above.count && (j === 0 ? 0 : above.ends[j - 1]) < end + reach; j += 2) {
        if (label < 0) label = above.labels[j];
        else table?.join(label, above.labels[j]);
      }
      if (!inside && (edge || start === 0 || end === width)) {
        if (label < 0) label = 0;
        else table?.join(label, 0);
      } else if (label < 0) {
        label = this.created++;
        // Nothing above is of the same kind, so the run before the next such one covers this one: it surrounds it.
        table?.create(start, y, above.count > 0 ? above.labels[first - 1] : 0);
      }
      labels[k] = label;
      table?.add(label, start, end, y);
    }
  }
}

/** What is known of each object, by its number from 1 on. */
export interface Objects {
  count: number;
  /** The object of each provisional label; 0 is background. */
  of: Int32Array;
  /** Pixels; empty where nothing was measured, as are the boxes. */
  areas: Float64Array;
  /** The column of the object's first pixel in raster order, left, top, right and bottom, the last two within. */
  boxes: Int32Array;
}

/** The provisional labels: which are one object, and its size where that is `measured`. */
export class ComponentTable {
  #length = 1;
  /** A union-find forest; a root is the least label of its tree. */
  #parent = new Int32Array(1024);
  /** The label that surrounds a label's first run. */
  #outer = new Int32Array(1024);
  #areas: Float64Array;
  #boxes: Int32Array;

  constructor(readonly measured: boolean) {
    this.#areas = new Float64Array(measured ? 1024 : 0);
    this.#boxes = new Int32Array(measured ? 5 * 1024 : 0);
  }

  create(x: number, y: number, outer: number): void {
    const label = this.#length++;
    if (label === this.#parent.length) this.#grow();
    this.#parent[label] = label;
    this.#outer[label] = outer;
    if (this.measured) this.#boxes.set([x, x, y, x, y], 5 * label);
  }

  add(label: number, start: number, end: number, y: number): void {
    if (!this.measured) return;
    this.#areas[label] += end - start;
    const boxes = this.#boxes;
    if (start < boxes[5 * label + 1]) boxes[5 * label + 1] = start;
    if (end - 1 > boxes[5 * label + 3]) boxes[5 * label + 3] = end - 1;
    boxes[5 * label + 4] = y;
  }

  join(a: number, b: number): void {
    const rootA = this.#find(a);
    const rootB = this.#find(b);
    if (rootA < rootB) this.#parent[rootB] = rootA;
    else this.#parent[rootA] = rootB;
  }

  /**
   * Numbers the objects from 1 in raster order of their first pixels. What isn't background that reaches the
   * border belongs to what surrounds it, unless that is such background: so holes are filled, with all they hold.
   */
  objects(): Objects {
    const of = this.#parent;
    const outer = this.#outer;
    let count = 0;
    // Both the parent and the surrounding label are less, so they are numbers already.
    for (let label = 1; label < this.#length; label++) {
      of[label] = of[label] < label ? of[of[label]] : of[outer[label]] || ++count;
    }
    if (!this.measured) return { count, of, areas: new Float64Array(0), boxes: new Int32Array(0) };
    const areas = new Float64Array(count + 1);
    const boxes = new Int32Array(5 * (count + 1));
    for (let label = 1; label < this.#length; label++) {
      const object = of[label];
      if (object === 0) continue;
      const box = this.#boxes.subarray(5 * label, 5 * label + 5);
      const all = boxes.subarray(5 * object, 5 * object + 5);
      if (areas[object] === 0) all.set(box);
      areas[object] += this.#areas[label];
      if (box[1] < all[1]) all[1] = box[1];
      if (box[3] > all[3]) all[3] = box[3];
      if (box[4] > all[4]) all[4] = box[4];
    }
    return { count, of, areas, boxes };
  }

  #find(label: number): number {
    const parent = this.#parent;
    let root = label;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }

  #grow(): void {
    const grown = <T extends Int32Array | Float64Array>(array: T): T => {
      const out = new (array.constructor as new (length: number) => T)(2 * array.length);
      out.set(array);
      return out;
    };
    this.#parent = grown(this.#parent);
    this.#outer = grown(this.#outer);
    this.#areas = grown(this.#areas);
    this.#boxes = grown(this.#boxes);
  }
}

/** The pixels of the object that holds column `x` of the first row of `rect`, seen in that part of `scores` alone. */
export function maskOfObject(
  scores: Image,
  rect: Rect,
  x: number,
  y: number,
  options: ComponentOptions,
): Uint8Array {
  const { width, height } = rect;
  const table = new ComponentTable(false);
  const first = new ComponentRuns(width, height, options, table);
  for (let row = 0; row < height; row++) first.next(scores, rect.y + row, rect.x);
  const { of } = table.objects();
  const labels = new Int32Array(width * height);
  const second = new ComponentRuns(width, height, options);
  for (let row = 0; row < height; row++) {
    second.next(scores, rect.y + row, rect.x);
    for (let k = 0, start = 0; k < second.count; start = second.ends[k++]) {
      labels.fill(of[second.labels[k]], row * width + start, row * width + second.ends[k]);
    }
  }
  const object = labels[y * width + x];
  return Uint8Array.from(labels, (label) => (label === object ? 1 : 0));
}
