import type { LabelImage, Rect } from "@unet/image";
import { decodeRuns, encodeRuns } from "./runs.js";

/** What one step changed. */
interface Patch {
  rect: Rect;
  before: Int32Array;
  after: Int32Array;
  /** Steps of one series that follow each other are one step: what a slider does while it is moved. */
  series?: string;
}

/** Bytes that the steps of one plane may take before the oldest are forgotten. */
const UNDO_BYTES = 64 * 2 ** 20;

/** The labels of one plane, with steps that can be undone. */
export class LabelLayer {
  readonly #undone: Patch[] = [];
  readonly #done: Patch[] = [];
  #bytes = 0;
  #highest = 0;

  /**
   * @param labels are changed in place
   * @param undoBytes that steps may take; older ones are forgotten
   */
  constructor(
    readonly labels: LabelImage,
    readonly undoBytes = UNDO_BYTES,
  ) {
    this.#see(labels.data);
  }

  get width(): number {
    return this.labels.width;
  }

  get height(): number {
    return this.labels.height;
  }

  /** Steps that can be undone and done again, and the bytes that they take. */
  get history(): { undo: number; redo: number; bytes: number } {
    return { undo: this.#done.length, redo: this.#undone.length, bytes: this.#bytes };
  }

  /** A number that no object has had. */
  nextLabel(): number {
    return this.#highest + 1;
  }

  /** The label of a pixel, 0 outside. */
  at(x: number, y: number): number {
    const { width, height, data } = this.labels;
    return x >= 0 && y >= 0 && x < width && y < height ? data[Math.floor(y) * width + Math.floor(x)] : 0;
  }

  /** The labels in a rectangle inside the image. */
  read({ x, y, width, height }: Rect): Int32Array<ArrayBuffer> {
    const part = new Int32Array(width * height);
    const { data, width: stride } = this.labels;
    for (let row = 0; row < height; row++) {
      const from = (y + row) * stride + x;
      part.set(data.subarray(from, from + width), row * width);
    }
    return part;
  }

  /**
   * Writes labels into a rectangle, as one step.
   *
   * @param series see {@link Patch.series}; all of one have the same rectangle
   * @returns whether that changed anything
   */
  write(rect: Rect, labels: Int32Array, series?: string): boolean {
    const before = this.read(rect);
    if (before.every((label, i) => label === labels[i])) return false;
    this.#put(rect, labels);
    this.#see(labels);
    const last = this.#done.at(-1);
    const goesOn = series !== undefined && last?.series === series;
    if (goesOn) {
      this.#done.pop();
      this.#bytes -= bytesOf(last);
    }
    const patch = {
      rect,
      before: goesOn ? last.before : encodeRuns(before),
      after: encodeRuns(labels),
      series,
    };
    for (const dropped of this.#undone.splice(0)) this.#bytes -= bytesOf(dropped);
    this.#done.push(patch);
    this.#bytes += bytesOf(patch);
    while (this.#bytes > this.undoBytes && this.#done.length > 1) {
      this.#bytes -= bytesOf(this.#done.shift() as Patch);
    }
    return true;
  }

  /** Takes the last step back; the rectangle that changed, or nothing where there is none. */
  undo(): Rect | undefined {
    return this.#move(this.#done, this.#undone, "before");
  }

  /** Does the step again that was taken back last. */
  redo(): Rect | undefined {
    return this.#move(this.#undone, this.#done, "after");
  }

  #move(from: Patch[], to: Patch[], which: "before" | "after"): Rect | undefined {
    const patch = from.pop();
    if (!patch) return undefined;
    to.push(patch);
    const { rect } = patch;
    this.#put(rect, decodeRuns(patch[which], rect.width * rect.height));
    return rect;
  }

  #put({ x, y, width, height }: Rect, labels: Int32Array): void {
    const { data, width: stride } = this.labels;
    for (let row = 0; row < height; row++) {
      data.set(labels.subarray(row * width, (row + 1) * width), (y + row) * stride + x);
    }
  }

  #see(labels: Int32Array): void {
    for (const label of labels) if (label > this.#highest) this.#highest = label;
  }
}

function bytesOf({ before, after }: Patch): number {
  return before.byteLength + after.byteLength;
}
