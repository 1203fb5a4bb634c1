import type { CellPair } from "./column-neighbours.js";

/**
 * Part of a row as intervals with one nearest site each: from `begin[k]` up to `begin[k + 1]` (the last: up to
 * `end`) the nearest cell pixel lies in column `site[k]`, `squared[k]` px² away in that column, and belongs to
 * `label[k]`.
 */
export interface RowEnvelope {
  count: number;
  end: number;
  readonly begin: Int32Array;
  readonly site: Int32Array;
  readonly squared: Float64Array;
  readonly label: Int32Array;
}

/** Room for the envelope of a row. */
export function emptyEnvelope(width: number): RowEnvelope {
  return {
    count: 0,
    end: 0,
    begin: new Int32Array(width),
    site: new Int32Array(width),
    squared: new Float64Array(width),
    label: new Int32Array(width),
  };
}

/**
 * Builds the lower envelope of the parabolas (x − c)² + g(c)² over the pixels `start` ≤ x < `end`, where g(c)
 * is the distance to the nearest cell other than `without` in column c, `from` ≤ c ≤ `to` (Meijster, Roerdink
 * and Hesselink 2000). All numbers are integers below 2⁵³, so it is exact.
 */
export function buildEnvelope(
  envelope: RowEnvelope,
  columns: CellPair,
  without: number,
  from: number,
  to: number,
  start: number,
  end: number,
): void {
  const { begin, site, squared, label } = envelope;
  const { first, second, firstLabel, secondLabel } = columns;
  let top = -1;
  for (let c = from; c <= to; c++) {
    const own = firstLabel[c] === without;
    const distance = own ? second[c] : first[c];
    if (distance === Number.POSITIVE_INFINITY) continue;
    const g = distance * distance;
    let next = start;
    while (top >= 0) {
      // up to here the site at the top of the stack is at least as near as c
      const s = site[top];
      const last = Math.floor(((c - s) * (c + s) + g - squared[top]) / (2 * (c - s)));
      next = last + 1;
      if (last >= begin[top]) break;
      next = start;
      top--;
    }
    if (next >= end) continue;
    top++;
    begin[top] = next;
    site[top] = c;
    squared[top] = g;
    label[top] = own ? secondLabel[c] : firstLabel[c];
  }
  envelope.count = top + 1;
  envelope.end = end;
}

/** Writes distance and label of each pixel that `envelope` covers; nothing where it has no site. */
export function writeEnvelope(
  { count, end, begin, site, squared, label }: RowEnvelope,
  offset: number,
  distances: Float32Array,
  labels: Int32Array,
): void {
  for (let k = 0; k < count; k++) {
    const stop = k + 1 < count ? begin[k + 1] : end;
    const c = site[k];
    for (let x = begin[k]; x < stop; x++) {
      distances[offset + x] = Math.sqrt((x - c) * (x - c) + squared[k]);
      labels[offset + x] = label[k];
    }
  }
}
