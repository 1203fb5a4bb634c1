import { connectedComponents } from "@unet/image";
import type { Slice } from "./slices.js";

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

/** @param objects a label for each pixel, 0 on borders */
export function countOverlaps(cells: Int32Array, objects: Int32Array): Overlaps {
  const [cellCounts, objectCounts, pairCounts] = [
    new Map<number, number>(),
    new Map<number, number>(),
    new Map<number, number>(),
  ];
  let pixels = 0;
  let single = 0;
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] === 0) continue;
    pixels++;
    add(cellCounts, cells[i]);
    if (objects[i] === 0) single++;
    else {
      add(objectCounts, objects[i]);
      add(pairCounts, cells[i] * 2 ** 26 + objects[i]);
    }
  }
  return {
    pixels,
    single,
    cells: [...cellCounts.values()],
    objects: [...objectCounts.values()],
    pairs: [...pairCounts.values()],
  };
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
