import type { Ring } from "./polygons.js";

/** Corners of outlines, as columns of numbers; those that are taken make room for new ones. */
export class CornerPool {
  /** The corner that follows on the ring, once it is known. */
  following = new Int32Array(1024);
  #x = new Int32Array(1024);
  #y = new Int32Array(1024);
  /** Whether another corner of the same label lies at the same place. */
  #shared = new Uint8Array(1024);
  /** The corner of the same label that was added before; of a free place, the next free one. */
  #before = new Int32Array(1024);
  #used = 0;
  #free = -1;

  /** @param before the corner of the same label that was added before, −1 for none */
  add(x: number, y: number, shared: boolean, before: number): number {
    let corner = this.#free;
    if (corner >= 0) this.#free = this.#before[corner];
    else {
      corner = this.#used++;
      if (corner === this.#x.length) this.#grow();
    }
    this.#x[corner] = x;
    this.#y[corner] = y;
    this.#shared[corner] = shared ? 1 : 0;
    this.#before[corner] = before;
    return corner;
  }

  /** The closed rings of a label whose last corner is `last`, none of which touches itself; frees the corners. */
  takeRings(last: number): Ring[] {
    const corners: number[] = [];
    for (let corner = last; corner >= 0; corner = this.#before[corner]) corners.push(corner);
    const rings: Ring[] = [];
    // From the first that was added, at the top left.
    for (const start of corners.reverse()) {
      if (this.following[start] >= 0) this.#walk(start, rings);
    }
    for (const corner of corners) {
      this.#before[corner] = this.#free;
      this.#free = corner;
    }
    return rings;
  }

  /** Goes along a ring once; where it comes to the same place again, the way between is a ring of its own. */
  #walk(start: number, rings: Ring[]): void {
    const path: Ring = [];
    const places = new Map<string, number>();
    for (let corner = start, next = 0; this.following[corner] >= 0; corner = next) {
      const place: [number, number] = [this.#x[corner], this.#y[corner]];
      if (this.#shared[corner]) {
        const key = place.join();
        const since = places.get(key);
        if (since === undefined) places.set(key, path.length);
        else {
          const loop = path.splice(since);
          for (const [x, y] of loop.slice(1)) places.delete(`${x},${y}`);
          rings.push([...loop, loop[0]]);
        }
      }
      path.push(place);
      next = this.following[corner];
      this.following[corner] = -1;
    }
    rings.push([...path, path[0]]);
  }

  #grow(): void {
    const grown = (array: Int32Array<ArrayBuffer>) => {
      const out = new Int32Array(2 * array.length);
      out.set(array);
      return out;
    };
    this.following = grown(this.following);
    this.#x = grown(this.#x);
    this.#y = grown(this.#y);
    this.#before = grown(this.#before);
    const shared = new Uint8Array(2 * this.#shared.length);
    shared.set(this.#shared);
    this.#shared = shared;
  }
}
