import type { Image, Rect } from "@unet/image";
import type { Objects } from "../labelling/component-table.js";
import { type LabelChoices, type LabelSteps, readScores } from "../labelling/label-choices.js";
import { boxOf, SPLIT_BYTES, splitObject, type WatershedOptions } from "./split-object.js";
import type { ObjectParts } from "./watershed.js";

/** Splits the objects one by one; keeps how many parts each has, and of the parts' pixels what memory allows. */
export class Splitter {
  /** Parts of each object; 0 where it is dropped. */
  readonly #counts: Int32Array;
  /** Objects by their first row, as they are numbered. */
  #next = 1;
  /** Of each part, object by object: its first pixel in raster order, its area. */
  readonly #firsts: number[] = [];
  readonly #areas: number[] = [];
  readonly #unsplit: number[] = [];
  /** Of each part, its label; and where an object's parts begin. */
  #labels = new Int32Array(0);
  readonly #begins: Int32Array;
  /** Objects in more than one part that reach into the strip that is painted, or below. */
  #open: number[] = [];
  readonly #kept = new Map<number, ObjectParts>();
  /** Kept objects that others may displace, each below the next. */
  readonly #waiting: number[] = [];
  #keptBytes = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    readonly objects: Objects,
    readonly choices: LabelChoices,
    readonly watershed: WatershedOptions,
  ) {
    this.#counts = new Int32Array(objects.count + 1);
    this.#begins = new Int32Array(objects.count + 1);
  }

  /** Splits the objects that begin in `strip`. */
  *learn(strip: Rect): LabelSteps<void> {
    const { objects, width, choices } = this;
    let scores: Image | undefined;
    for (; this.#next <= objects.count && this.#top(this.#next) < strip.y + strip.height; this.#next++) {
      const object = this.#next;
      this.#begins[object] = this.#firsts.length;
      if (objects.areas[object] < choices.minimumSize) continue;
      const box = boxOf(objects, object, width, this.height);
      const first = this.#top(object) * width + objects.boxes[5 * object];
      if (box.width * box.height * SPLIT_BYTES > choices.memory) {
        this.#unsplit.push(object);
        this.#add(object, [first], [objects.areas[object]]);
        continue;
      }
      if (!scores && contains(strip, box)) scores = yield* readScores(strip);
      const parts = yield* this.#split(object, strip, scores);
      const firsts = new Array<number>(parts.count).fill(-1);
      const areas = new Array<number>(parts.count).fill(0);
      for (let i = 0; i < parts.labels.length; i++) {
        const part = parts.labels[i] - 1;
        if (part < 0) continue;
        if (areas[part]++ > 0) continue;
        const x = i % box.width;
        firsts[part] = (box.y + (i - x) / box.width) * width + box.x + x;
      }
      this.#add(object, firsts, areas);
    }
  }

  /** Numbers the parts that are large enough in raster order of their first pixels. */
  number(): { numbers: Int32Array; count: number; unsplit: number[] } {
    const firsts = this.#firsts;
    const labels = new Int32Array(firsts.length);
    const large = (part: number) => this.#areas[part] >= this.choices.minimumSize;
    const order = Uint32Array.from(firsts.keys()).filter(large);
    order.sort((a, b) => firsts[a] - firsts[b]);
    for (let i = 0; i < order.length; i++) labels[order[i]] = i + 1;
    this.#labels = labels;
    // An object in parts is marked by its own number, below zero, until it is painted.
    const numbers = new Int32Array(this.objects.count + 1);
    for (let object = 1; object < numbers.length; object++) {
      if (this.#counts[object] === 1) numbers[object] = labels[this.#begins[object]];
      else if (this.#counts[object] > 1) numbers[object] = -object;
    }
    this.#next = 1;
    return { numbers, count: order.length, unsplit: this.#unsplit.map((object) => numbers[object]) };
  }

  /** Puts the labels of the parts in the place of the marks. */
  *paint(labels: Int32Array, strip: Rect, scores: Image): LabelSteps<void> {
    const { objects, width, height } = this;
    for (; this.#next <= objects.count && this.#top(this.#next) < strip.y + strip.height; this.#next++) {
      if (this.#counts[this.#next] > 1) this.#open.push(this.#next);
    }
    for (const object of this.#open) {
      const parts = yield* this.#split(object, strip, scores);
      const box = boxOf(objects, object, width, height);
      const begin = this.#begins[object] - 1;
      const bottom = Math.min(box.y + box.height, strip.y + strip.height);
      for (let y = Math.max(box.y, strip.y); y < bottom; y++) {
        let from = (y - box.y) * box.width;
        let to = (y - strip.y) * width + box.x;
        for (let x = 0; x < box.width; x++, from++, to++) {
          if (labels[to] === -object) labels[to] = this.#labels[begin + parts.labels[from]];
        }
      }
    }
    this.#open = this.#open.filter((object) => {
      const goesOn = objects.boxes[5 * object + 4] >= strip.y + strip.height;
      if (!goesOn) this.#forget(object);
      return goesOn;
    });
  }

  #top(object: number): number {
    return this.objects.boxes[5 * object + 2];
  }

  #add(object: number, firsts: number[], areas: number[]): void {
    this.#counts[object] = firsts.length;
    for (let part = 0; part < firsts.length; part++) {
      this.#firsts.push(firsts[part]);
      this.#areas.push(areas[part]);
    }
  }

  /** The parts of an object: kept, or from the scores of the strip that holds it, or from its own box read now. */
  *#split(object: number, strip: Rect, inStrip: Image | undefined): LabelSteps<ObjectParts> {
    const known = this.#kept.get(object);
    if (known) return known;
    const { objects, choices, watershed } = this;
    const box = boxOf(objects, object, this.width, this.height);
    const first = { x: objects.boxes[5 * object] - box.x, y: this.#top(object) - box.y };
    const parts =
      inStrip && contains(strip, box)
        ? splitObject(inStrip, { ...box, y: box.y - strip.y }, first, choices, watershed)
        : splitObject(yield* readScores(box), { ...box, x: 0, y: 0 }, first, choices, watershed);
    if (parts.count > 1) this.#keep(object, parts);
    return parts;
  }

  /** Keeps the parts for the rows to come where memory allows, at the cost of objects further below. */
  #keep(object: number, parts: ObjectParts): void {
    // Few objects have more parts than a byte can tell.
    const packed = parts.count < 256 ? { ...parts, labels: Uint8Array.from(parts.labels) } : parts;
    const limit = this.choices.memory / 2 - packed.labels.byteLength;
    while (this.#keptBytes > limit && this.#waiting.length > 0 && this.#waiting.at(-1)! > object) {
      this.#forget(this.#waiting.pop()!);
    }
    if (this.#keptBytes > limit) return;
    this.#kept.set(object, packed);
    this.#keptBytes += packed.labels.byteLength;
    if (object > (this.#waiting.at(-1) ?? 0)) this.#waiting.push(object);
  }

  #forget(object: number): void {
    this.#keptBytes -= this.#kept.get(object)?.labels.byteLength ?? 0;
    this.#kept.delete(object);
  }
}

function contains(outer: Rect, inner: Rect): boolean {
  return inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height;
}
