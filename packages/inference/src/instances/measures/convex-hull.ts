/**
 * How many pixels lie in the convex hull of an object, whose rows come from top to bottom. The hull is that of the middles
 * of its pixels' sides, and a pixel lies in it if its centre does, on the border too: scikit-image's `area_convex`. Only
 * corners of the hull are kept, so memory follows from its shape, not from the object's height.
 */
export class ConvexHull {
  readonly #left = new Chain();
  /** Mirrored, so that both bulge to the left. */
  readonly #right = new Chain();
  /** The outermost pixels of the row in hand. */
  #row: { y: number; left: number; right: number } | undefined;
  #first = Number.NaN;
  #last = Number.NaN;

  /** Takes pixels side by side, those of a row from left to right. */
  add(y: number, left: number, right: number): void {
    if (y === this.#row?.y) {
      this.#row.right = right;
      return;
    }
    this.#endRow();
    this.#row = { y, left, right };
  }

  /** Pixels of the hull of the rows so far, the last of them complete. */
  get area(): number {
    this.#endRow();
    return this.#last + 1 - this.#first - this.#left.sumOfCeilings() - this.#right.sumOfCeilings();
  }

  #endRow(): void {
    if (!this.#row) return;
    const { y, left, right } = this.#row;
    this.#left.add(left, y);
    this.#right.add(-right, y);
    this.#row = undefined;
    if (Number.isNaN(this.#first)) this.#first = y;
    this.#last = y;
  }
}

/** The left side of a hull from top to bottom; twice its x and twice its y are whole numbers, which are kept in turn. */
class Chain {
  readonly #corners: number[] = [];

  /** The middles of the upper, left and lower side of a pixel. */
  add(x: number, y: number): void {
    this.#corner(2 * x, 2 * y - 1);
    this.#corner(2 * x - 1, 2 * y);
    this.#corner(2 * x, 2 * y + 1);
  }

  #corner(x: number, y: number): void {
    const corners = this.#corners;
    if (corners.at(-1) === y) {
      if (corners.at(-2)! <= x) return;
      corners.length -= 2;
    }
    while (corners.length >= 4) {
      const end = corners.length;
      const [x0, y0, x1, y1] = [corners[end - 4], corners[end - 3], corners[end - 2], corners[end - 1]];
      // The last corner stays if it lies to the left of the line from the one before it to the new one.
      if ((x - x0) * (y1 - y0) > (x1 - x0) * (y - y0)) break;
      corners.length -= 2;
    }
    corners.push(x, y);
  }

  /** Over the rows of pixels the sum of the least x whose pixel centre isn't left of the chain. */
  sumOfCeilings(): number {
    const corners = this.#corners;
    let sum = 0;
    for (let i = 2; i < corners.length; i += 2) {
      const [x0, y0, x1, y1] = corners.slice(i - 2, i + 2);
      // The chain begins and ends between rows; of a corner on a row the side above it takes that row.
      for (let y = Math.floor(y0 / 2) + 1; 2 * y <= y1; y++) {
        sum += Math.ceil((x0 * (y1 - y0) + (x1 - x0) * (2 * y - y0)) / (2 * (y1 - y0)));
      }
    }
    return sum;
  }
}
