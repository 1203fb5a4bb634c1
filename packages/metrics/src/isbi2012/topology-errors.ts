import { connectedComponents } from "@unet/image";
import { ring } from "./simple-point.js";
import type { Warped } from "./warp.js";

/** How often each kind of topological error occurs. */
export interface TopologyErrors {
  /** An object that the truth lacks. */
  objectAdditions: number;
  /** A true object that is not there. */
  objectDeletions: number;
  /** A hole, or a bay about to close, that the truth lacks. */
  holeAdditions: number;
  holeDeletions: number;
  /** True objects that are joined. */
  mergers: number;
  /** True objects that are cut. */
  splits: number;
}

/** The kinds of error, each told apart by what the pixel is in the warped truth. */
const kinds = [
  "objectAdditions",
  "objectDeletions",
  "holeAdditions",
  "holeDeletions",
  "mergers",
  "splits",
] as const;

const [objectAddition, objectDeletion, holeAddition, holeDeletion, merger, split] = kinds.keys();

/**
 * Sorts what differs after warping into kinds of error, counted in pixels and in connected groups of them.
 *
 * @param radius the square around a pixel, `2 · radius + 1` wide, in which setting it to background is tried out
 *   to tell a split from a hole (px)
 */
export function topologyErrors(
  { warped, mismatches }: Warped,
  width: number,
  height: number,
  radius: number,
): { pixels: TopologyErrors; groups: TopologyErrors } {
  const objects = connectedComponents({ width, height, data: new Int32Array(warped) }).data;
  const splitsAt = splitTest(warped, width, height, radius);
  const pixels = new Array<number>(kinds.length).fill(0);
  // 1 + 2 · kind + what the pixel is, so that groups are of one kind and one value.
  const kindOf = new Int32Array(warped.length);
  for (const i of mismatches) {
    const kind = judge(i, objects, warped[i] === 1, width, height, splitsAt);
    pixels[kind]++;
    kindOf[i] = 1 + 2 * kind + warped[i];
  }
  return { pixels: named(pixels), groups: named(countGroups(kindOf, width, height)) };
}

/** The kind of one mismatch, judged alone from the labels around it. */
function judge(
  i: number,
  objects: Int32Array,
  inObject: boolean,
  width: number,
  height: number,
  splitsAt: (i: number) => boolean,
): number {
  const x = i % width;
  const y = (i - x) / width;
  const around = new Set<number>();
  for (const [dy, dx] of ring) {
    if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
    around.add(objects[i + dy * width + dx]);
  }
  if (around.size > 2) return inObject ? split : merger;
  if (around.size === 2) return inObject ? (splitsAt(i) ? split : holeDeletion) : holeAddition;
  if (around.has(0)) return inObject ? objectDeletion : objectAddition;
  return inObject ? holeAddition : holeDeletion;
}

/** Tells whether the objects around a pixel are more than one, once it is background, in the square around it. */
function splitTest(warped: Uint8Array, width: number, height: number, radius: number) {
  const seen = new Int32Array(warped.length).fill(-1);
  const stack = new Int32Array(warped.length);
  return (pixel: number): boolean => {
    const x = pixel % width;
    const y = (pixel - x) / width;
    const [left, right] = [Math.max(0, x - radius), Math.min(width - 1, x + radius)];
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
    const neighbours: number[] = [];
    for (const [dy, dx] of ring) {
      if (x + dx < left || x + dx > right || y + dy < top || y + dy > bottom) continue;
      const i = pixel + dy * width + dx;
      if (warped[i] === 1) neighbours.push(i);
    }
    // Floods the first one's piece: what is not reached lies in another.
    let size = 0;
    const push = (i: number) => {
      if (warped[i] !== 1 || seen[i] === pixel) return;
      seen[i] = pixel;
      stack[size++] = i;
    };
    seen[pixel] = pixel;
    if (neighbours.length > 0) push(neighbours[0]);
    while (size > 0) {
      const i = stack[--size];
      const column = i % width;
      const row = (i - column) / width;
      if (column > left) push(i - 1);
      if (column < right) push(i + 1);
      if (row > top) push(i - width);
      if (row < bottom) push(i + width);
    }
    return neighbours.some((i) => seen[i] !== pixel);
  };
}

/** Mergers and holes in objects are lines of background, so joined at corners too; all else by sides. */
function countGroups(kindOf: Int32Array, width: number, height: number): number[] {
  const counts = new Array<number>(kinds.length).fill(0);
  const diagonal = new Set([1 + 2 * merger, 2 + 2 * holeAddition]);
  for (const connectivity of [4, 8] as const) {
    const data = kindOf.map((code) => (diagonal.has(code) === (connectivity === 8) ? code : 0));
    const groups = connectedComponents({ width, height, data }, { connectivity }).data;
    let count = 0;
    for (let i = 0; i < groups.length; i++) {
      if (groups[i] <= count) continue;
      count = groups[i];
      counts[(data[i] - 1) >> 1]++;
    }
  }
  return counts;
}

function named(counts: number[]): TopologyErrors {
  return Object.fromEntries(kinds.map((kind, k) => [kind, counts[k]])) as unknown as TopologyErrors;
}
