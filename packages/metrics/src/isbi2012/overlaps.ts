import { connectedComponents } from "@unet/image";
import type { Slice } from "../slices.js";

/**
 * How true cells and proposed objects overlap, over the true foreground only. Pixels of it that the proposal
 * calls border count as objects of one pixel each.
 */
export interface Overlaps {
  /** Pixels of true foreground, n. */
  pixels: number;
  /** Of those, in no proposed object, z. */
  single: number;
  /** Pixels of each true cell, a_i. */
  cells: number[];
  /** Pixels of each proposed object on true foreground, b_j. */
  objects: number[];
  /** Pixels of each pair that overlaps, m_ij. */
  pairs: number[];
}

/** The 4-connected components of a slice's true foreground, as labels. */
export function cellsOfTruth({ width, height, truth }: Slice): Int32Array {
  return connectedComponents({ width, height, data: truth.map((label) => (label > 0 ? 1 : 0)) }).data;
}

/**
 * @param cells a label for each pixel, 0 outside
 * @param objects a label for each pixel, 0 on borders
 */
export function countOverlaps(cells: Int32Array, objects: Int32Array): Overlaps {
  const cellCounts = new Int32Array(greatest(cells) + 1);
  const objectCounts = new Int32Array(greatest(objects) + 1);
  const pairCounts = new Map<number, number>();
  const count = (cell: number, object: number, length: number) => {
    if (cell === 0) return;
    cellCounts[cell] += length;
    objectCounts[object] += length;
    if (object === 0) return;
    const pair = cell * objectCounts.length + object;
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + length);
  };
  // Runs of one pair are long, so they are counted at once.
  let start = 0;
  for (let i = 1; i < cells.length; i++) {
    if (cells[i] === cells[start] && objects[i] === objects[start]) continue;
    count(cells[start], objects[start], i - start);
    start = i;
  }
  count(cells[start], objects[start], cells.length - start);
  const present = (counts: Int32Array) => [...counts.subarray(1)].filter((pixels) => pixels > 0);
  return {
    pixels: cellCounts.reduce((sum, pixels) => sum + pixels, 0),
    single: objectCounts[0],
    cells: present(cellCounts),
    objects: present(objectCounts),
    pairs: [...pairCounts.values()],
  };
}

function greatest(labels: Int32Array): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] > most) most = labels[i];
  return most;
}
