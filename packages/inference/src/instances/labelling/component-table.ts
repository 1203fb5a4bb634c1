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

/** The object of what belongs to none. */
const BACKGROUND = 0;

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
   * Numbers the objects from 1 in raster order of their first pixels. A component enclosed by an object, whether a
   * hole or an object within the hole, becomes part of the enclosing object: holes are filled with all they contain.
   * A component surrounded by background that reaches the border is an object of its own.
   */
  objects(): Objects {
    const of = this.#parent;
    const outer = this.#outer;
    let count = 0;
    // The parent in the forest and the surrounding label are smaller, so both have their object already.
    for (let label = 1; label < this.#length; label++) {
      const parent = of[label];
      const isRoot = parent === label;
      const enclosing = of[outer[label]];
      if (!isRoot) of[label] = of[parent];
      else if (enclosing !== BACKGROUND) of[label] = enclosing;
      else of[label] = ++count;
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
