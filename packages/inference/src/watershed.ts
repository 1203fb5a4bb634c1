import type { LabelImage } from "@unet/image";

/**
 * Splits objects at the saddles of `heights`: seen as a landscape that is flooded from its peaks down, two
 * peaks stay apart where each rises at least `depth` above the saddle between them, and are one otherwise
 * (watershed by dynamics, Grimaud 1992). Each pixel goes with its steepest neighbour of 8; ties go by raster
 * order, so the result is the same everywhere. Pixels of 0 stay 0.
 *
 * @returns objects numbered from 1 in raster order
 */
export function splitByWatershed(objects: LabelImage, heights: Float32Array, depth: number): LabelImage {
  const { width, height, data } = objects;
  const inside: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] > 0) inside.push(i);
  const order = Int32Array.from(inside).sort((a, b) => heights[b] - heights[a] || a - b);

  // Each basin is known by its peak; `merged` leads from a peak to the higher one that took it in.
  const peakOf = new Int32Array(data.length).fill(-1);
  const merged = new Map<number, number>();
  const find = (peak: number): number => {
    let root = peak;
    for (let next = merged.get(root); next !== undefined; next = merged.get(root)) root = next;
    if (root !== peak) merged.set(peak, root);
    return root;
  };
  /** Makes two basins one that meet at a saddle which the lower peak hardly rises above. */
  const join = (a: number, b: number, saddle: number) => {
    if (a === b) return;
    const [higher, lower] = isHigher(heights, a, b) ? [a, b] : [b, a];
    if (heights[lower] - saddle < depth) merged.set(lower, higher);
  };
  for (const i of order) {
    const x = i % width;
    const y = (i - x) / width;
    let steepest = -1;
    let slope = Number.NEGATIVE_INFINITY;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
        const neighbour = v * width + u;
        if (peakOf[neighbour] < 0 || data[neighbour] !== data[i]) continue;
        if (steepest >= 0) join(find(peakOf[steepest]), find(peakOf[neighbour]), heights[i]);
        const rise = (heights[neighbour] - heights[i]) / (u === x || v === y ? 1 : Math.SQRT2);
        if (rise > slope) [steepest, slope] = [neighbour, rise];
      }
    }
    peakOf[i] = steepest < 0 ? i : find(peakOf[steepest]);
  }

  const numbers = new Map<number, number>();
  const out = new Int32Array(data.length);
  for (const i of inside) {
    const peak = find(peakOf[i]);
    if (!numbers.has(peak)) numbers.set(peak, numbers.size + 1);
    out[i] = numbers.get(peak)!;
  }
  return { width, height, data: out };
}

/** Whether peak `a` is above peak `b`, the earlier in raster order where they are equal. */
function isHigher(heights: Float32Array, a: number, b: number): boolean {
  return heights[a] > heights[b] || (heights[a] === heights[b] && a < b);
}
