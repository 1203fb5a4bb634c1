import type { LabelImage } from "@unet/image";

/**
 * Splits objects at the saddles of `heights`: seen as a landscape that is flooded from its peaks down, two
 * peaks stay apart where each rises at least `depth` above the saddle between them, and are one otherwise
 * (watershed by dynamics, Grimaud 1992). Pixels of 0 stay 0; 8-connected; ties go by raster order, so the
 * result is the same everywhere.
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
  for (const i of order) {
    const x = i % width;
    const y = (i - x) / width;
    let best = -1;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [u, v] = [x + dx, y + dy];
        if (u < 0 || u >= width || v < 0 || v >= height) continue;
        const neighbour = v * width + u;
        if (peakOf[neighbour] < 0 || data[neighbour] !== data[i]) continue;
        const peak = find(peakOf[neighbour]);
        if (best < 0 || peak === best) {
          best = peak;
          continue;
        }
        const [lower, higher] = isHigher(heights, best, peak) ? [peak, best] : [best, peak];
        if (heights[lower] - heights[i] < depth) {
          merged.set(lower, higher);
          best = higher;
        } else if (heights[neighbour] > heights[i] && isHigher(heights, peak, best)) {
          best = peak;
        }
      }
    }
    peakOf[i] = best < 0 ? i : best;
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
