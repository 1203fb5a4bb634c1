import { assertLabels, type LabelImage } from "@unet/image";
import { carry, emptyPair, merge } from "./column-neighbours.js";
import { buildEnvelope, emptyEnvelope, writeEnvelope } from "./row-envelope.js";

/** The nearest and the second nearest cell of every pixel, row-major. */
export interface TwoNearest {
  /** Distance d₁ to the nearest cell, px; 0 inside a cell, Infinity where there is no cell. */
  readonly first: Float32Array;
  /** Distance d₂ to the nearest cell other than `firstLabel`, px; Infinity where there is none. */
  readonly second: Float32Array;
  /** The nearest cell; 0 where there is none. */
  readonly firstLabel: Int32Array;
  /** The second nearest cell; 0 where there is none. */
  readonly secondLabel: Int32Array;
}

/**
 * Exact Euclidean distances from each pixel's centre to the nearest pixel centre of the nearest and of the
 * second nearest cell: d₁ and d₂ of the paper's weight map (section 3, equation 2). Of equally near cells
 * either may come first. Background and `IGNORE` pixels are no cells.
 *
 * Separable, as the distance transform of Meijster, Roerdink and Hesselink (2000), carried on to two labels;
 * linear in the number of pixels, whatever the number of cells:
 *
 * 1. Down and up each column, every pixel learns the nearest two different cells of its column. No third can
 *    matter: leaving out any one cell leaves at least one of the two, the nearest of what remains.
 * 2. Along each row, the lower envelope of the columns' parabolas (x − c)² + g(c)² gives d₁, and splits the
 *    row into runs of pixels with one nearest cell. For each run, the envelope of all *other* cells gives d₂.
 *    Only columns between two sites can take part: the site of the pixel before the run and that of the pixel
 *    after it. Those are nearest of all cells there, hence of all other cells, and the nearest site never moves
 *    left as x grows. Sites of a row being in order, a column is in at most two such spans, or an end of them.
 *
 * @param labels an instance map; for a class map, its connected components
 */
export function twoNearestDistances(labels: LabelImage): TwoNearest {
  assertLabels(labels, "twoNearestDistances");
  const { width, height } = labels;
  const result = emptyPair(width * height);
  carry(labels, 0, result, 0, result, 0);
  for (let y = 1; y < height; y++) carry(labels, y, result, (y - 1) * width, result, y * width);

  const below = emptyPair(width);
  const columns = emptyPair(width);
  const nearest = emptyEnvelope(width);
  const others = emptyEnvelope(width);
  for (let y = height - 1; y >= 0; y--) {
    const offset = y * width;
    carry(labels, y, below, 0, below, 0);
    merge(result, offset, below, columns);
    result.first.fill(Number.POSITIVE_INFINITY, offset, offset + width);
    result.second.fill(Number.POSITIVE_INFINITY, offset, offset + width);
    result.firstLabel.fill(0, offset, offset + width);
    result.secondLabel.fill(0, offset, offset + width);

    buildEnvelope(nearest, columns, 0, 0, width - 1, 0, width);
    writeEnvelope(nearest, offset, result.first, result.firstLabel);
    for (let k = 0, next = 0; k < nearest.count; k = next) {
      const own = nearest.label[k];
      while (next < nearest.count && nearest.label[next] === own) next++;
      const from = k > 0 ? nearest.site[k - 1] : 0;
      const last = next === nearest.count;
      const to = last ? width - 1 : nearest.site[next];
      const end = last ? width : nearest.begin[next];
      buildEnvelope(others, columns, own, from, to, nearest.begin[k], end);
      writeEnvelope(others, offset, result.second, result.secondLabel);
    }
  }
  return result;
}
