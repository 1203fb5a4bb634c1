/** An object split into parts. */
export interface ObjectParts {
  count: number;
  /** The part of each pixel, from 1 in raster order of their first pixels; 0 outside the object. */
  labels: Int32Array | Uint8Array;
}

/**
 * Splits the object of `mask` at the saddles of `heights`: seen as a landscape that is flooded from its peaks
 * down, two peaks stay apart where each rises at least `depth` above the saddle between them, and are one
 * otherwise (watershed by dynamics, Grimaud 1992). Each pixel goes with its steepest neighbour of 8; ties go by
 * raster order, so the result is the same everywhere.
 */
export function splitByWatershed(
  mask: Uint8Array,
  width: number,
  height: number,
  heights: Float32Array,
  depth: number,
): ObjectParts {
  const pixels = pixelsOf(mask);
  const order = pixels.slice().sort((a, b) => heights[b] - heights[a] || a - b);

  // Each basin is known by its peak; `basin` leads from a pixel to a pixel of the same basin, at last to its peak.
  const basin = new Int32Array(mask.length).fill(-1);
  const find = (pixel: number): number => {
    let peak = pixel;
    while (basin[peak] !== peak) {
      basin[peak] = basin[basin[peak]];
      peak = basin[peak];
    }
    return peak;
  };
  /** Makes two basins one that meet at a saddle which the lower peak hardly rises above. */
  const join = (a: number, b: number, saddle: number) => {
    if (a === b) return;
    const [higher, lower] = isHigher(heights, a, b) ? [a, b] : [b, a];
    if (rise(heights[lower], saddle) < depth) basin[lower] = higher;
  };
  for (const i of order) {
    const x = i % width;
    const y = (i - x) / width;
    let steepest = -1;
    let slope = Number.NEGATIVE_INFINITY;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
        const neighbour = v * width + u;
        if (basin[neighbour] < 0) continue;
        if (steepest >= 0) join(find(steepest), find(neighbour), heights[i]);
        const towards = rise(heights[neighbour], heights[i]) / (u === x || v === y ? 1 : Math.SQRT2);
        if (towards > slope) [steepest, slope] = [neighbour, towards];
      }
    }
    basin[i] = steepest < 0 ? i : find(steepest);
  }

  const labels = new Int32Array(mask.length);
  let count = 0;
  // The peak need not be the first pixel of its part, so its number waits there for the others.
  for (const i of pixels) {
    const peak = find(i);
    if (labels[peak] === 0) labels[peak] = ++count;
    labels[i] = labels[peak];
  }
  return { count, labels };
}

function pixelsOf(mask: Uint8Array): Int32Array {
  let count = 0;
  for (const inside of mask) count += inside;
  const pixels = new Int32Array(count);
  for (let i = 0, k = 0; i < mask.length; i++) if (mask[i]) pixels[k++] = i;
  return pixels;
}

/** Also for infinite heights: an image without background is everywhere infinitely far from it. */
function rise(top: number, bottom: number): number {
  return top === bottom ? 0 : top - bottom;
}

/** Whether peak `a` is above peak `b`, the earlier in raster order where they are equal. */
function isHigher(heights: Float32Array, a: number, b: number): boolean {
  return heights[a] > heights[b] || (heights[a] === heights[b] && a < b);
}
