/**
 * Perimeters of objects by the pixels on their borders (Benkrid and Crookes), as scikit-image's `perimeter`: a border
 * pixel has a side in common with something else, also with what lies beyond the image, and counts 1, √2 or their mean,
 * by which of its eight neighbours are on the same border. Takes row after row, and keeps the last two.
 */
export class Perimeters {
  readonly #counts: Counts = new Map();
  #last: LastRows;

  constructor(width: number) {
    const empty = new Int32Array(width + 2);
    this.#last = { labels: [empty, empty], borders: [empty, empty] };
  }

  /** Takes the next row of labels. */
  next(row: Int32Array): void {
    const labels = new Int32Array(row.length + 2);
    labels.set(row, 1);
    this.#last = step(this.#last, labels, this.#counts);
  }

  /** Perimeters in px, by label, if nothing but background came further below. */
  lengths(): Map<number, number> {
    const counts: Counts = new Map([...this.#counts].map(([label, kinds]) => [label, [...kinds]]));
    const empty = new Int32Array(this.#last.labels[0].length);
    step(step(this.#last, empty, counts), empty, counts);
    return new Map(
      [...counts].map(([label, [straight, diagonal, mixed]]) => [
        label,
        straight + Math.SQRT2 * diagonal + ((1 + Math.SQRT2) / 2) * mixed,
      ]),
    );
  }
}

/** Of each label the pixels that count 1, √2 and (1 + √2)/2. */
type Counts = Map<number, [straight: number, diagonal: number, mixed: number]>;

/** Two rows of labels and, of the row above each, its border pixels, with background on both sides. */
interface LastRows {
  labels: readonly [Int32Array, Int32Array];
  borders: readonly [Int32Array, Int32Array];
}

/** What a pixel counts as, by 2 for each neighbour over a side on the border and 10 for each over a corner. */
const kinds = new Map(
  [
    [4, 6, 14, 16, 24, 26],
    [20, 32],
    [12, 22],
  ].flatMap((sums, kind) => sums.map((sum): [number, number] => [sum, kind])),
);
const kindOf = Int8Array.from({ length: 49 }, (_, sum) => kinds.get(sum) ?? -1);

/** Finds the border of the row above the new one, and counts that of the row above that. */
function step(
  { labels: [above, row], borders: [upper, middle] }: LastRows,
  below: Int32Array,
  counts: Counts,
): LastRows {
  const lower = new Int32Array(row.length);
  for (let x = 1; x < row.length - 1; x++) {
    const label = row[x];
    if (label <= 0) continue;
    if (above[x] !== label || below[x] !== label || row[x - 1] !== label || row[x + 1] !== label) {
      lower[x] = label;
    }
  }
  for (let x = 1; x < row.length - 1; x++) {
    const label = middle[x];
    if (label === 0) continue;
    const is = (other: number) => (other === label ? 1 : 0);
    const sides = is(upper[x]) + is(lower[x]) + is(middle[x - 1]) + is(middle[x + 1]);
    const corners = is(upper[x - 1]) + is(upper[x + 1]) + is(lower[x - 1]) + is(lower[x + 1]);
    const kind = kindOf[2 * sides + 10 * corners];
    const own = counts.get(label);
    if (!own) counts.set(label, [kind === 0 ? 1 : 0, kind === 1 ? 1 : 0, kind === 2 ? 1 : 0]);
    else if (kind >= 0) own[kind]++;
  }
  return { labels: [row, below], borders: [middle, lower] };
}
