import { CornerPool } from "./corner-pool.js";
import { type Polygons, polygonsOf } from "./polygons.js";

/**
 * Follows the pixel edges around labels, row by row from the top, so that only the outlines of objects that are
 * still open are in memory. Pixel (x, y) is the square from (x, y) to (x + 1, y + 1), so corners are whole
 * numbers.
 */
export class OutlineTracer {
  #row = 0;
  /** The labels of the row above, with background on both sides. */
  #above: Int32Array;
  /** The corners that the open vertical edges at each column come from: of the label to its left, to its right. */
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  /** The corners that the open horizontal edges of a line come from: of the label above, below. */
  #upper = -1;
  #lower = -1;
  readonly #corners = new CornerPool();
  readonly #open = new Map<number, { corner: number; verticals: number }>();

  /** @param onDone takes an object as soon as a row lacks it */
  constructor(
    readonly width: number,
    readonly onDone: (label: number, polygons: Polygons) => void,
  ) {
    this.#above = new Int32Array(width + 2);
    this.#left = new Int32Array(width + 1);
    this.#right = new Int32Array(width + 1);
  }

  /** Takes the next row of labels. */
  next(row: Int32Array): void {
    const below = new Int32Array(this.width + 2);
    below.set(row, 1);
    const above = this.#above;
    const touched = new Set<number>();
    for (let x = 0; x <= this.width; x++) {
      const nw = above[x];
      const ne = above[x + 1];
      const sw = below[x];
      const se = below[x + 1];
      if ((nw === ne && sw === se) || (nw === sw && ne === se)) continue;
      // What begins here must not be taken for what ends here, of another label.
      const began = { left: this.#left[x], right: this.#right[x], upper: this.#upper, lower: this.#lower };
      for (const label of new Set([nw, ne, sw, se])) {
        if (label <= 0) continue;
        touched.add(label);
        const inside = [nw === label, ne === label, sw === label, se === label];
        const count = inside.filter(Boolean).length;
        if (count % 2 === 1) this.#turn(label, x, inside, began, false);
        else if (inside[0] === inside[3]) {
          // Two pixels that meet at a corner only are gone around one by one.
          for (const pixel of [0, 1, 2, 3]) {
            const alone = inside.map((is, other) => is && other === pixel);
            if (inside[pixel]) this.#turn(label, x, alone, began, true);
          }
        }
      }
    }
    for (const label of touched) if (this.#open.get(label)?.verticals === 0) this.#close(label);
    this.#above = below;
    this.#row++;
  }

  /** Says that there is no further row. */
  end(): void {
    this.next(new Int32Array(this.width));
  }

  /** The outline turns here: ties the edges that end here to the corner, and begins those that leave it. */
  #turn(
    label: number,
    x: number,
    [nw, ne, sw, se]: boolean[],
    began: { left: number; right: number; upper: number; lower: number },
    shared: boolean,
  ): void {
    let object = this.#open.get(label);
    if (!object) {
      object = { corner: -1, verticals: 0 };
      this.#open.set(label, object);
    }
    const corner = this.#corners.add(x, this.#row, shared, object.corner);
    const { following } = this.#corners;
    object.corner = corner;
    // Objects lie to the right of an edge on the screen: their top edges run right, their right edges down.
    if (nw !== ne) {
      object.verticals--;
      if (nw) following[began.left] = corner;
      else following[corner] = began.right;
    }
    if (nw !== sw) {
      if (nw) following[corner] = began.upper;
      else following[began.lower] = corner;
    }
    if (sw !== se) {
      object.verticals++;
      if (sw) this.#left[x] = corner;
      else this.#right[x] = corner;
    }
    if (ne !== se) {
      if (ne) this.#upper = corner;
      else this.#lower = corner;
    }
  }

  #close(label: number): void {
    const { corner } = this.#open.get(label)!;
    this.#open.delete(label);
    this.onDone(label, polygonsOf(this.#corners.takeRings(corner)));
  }
}
