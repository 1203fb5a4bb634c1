import type { Image, ImageData } from "@unet/image";
import type { ComponentTable } from "./component-table.js";

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
        // No run of the same kind touches this one from above, so it begins a component. The run above its first
        // pixel is of the other kind and belongs to what surrounds the component.
        table?.create(start, y, above.count > 0 ? above.labels[first - 1] : 0);
      }
      labels[k] = label;
      table?.add(label, start, end, y);
    }
  }
}
