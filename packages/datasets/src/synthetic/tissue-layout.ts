import { normal as normalFrom } from "@unet/image";
import { smoothNoise } from "./smooth-noise.js";

/** A cut through densely packed cells. */
export interface Tissue {
  /** The cell that each pixel lies in, from 0. */
  readonly cells: Int32Array;
  /** How many numbers `cells` may hold. */
  readonly count: number;
  /** Distance to the middle of the nearest membrane, px. */
  readonly distance: Float32Array;
}

/**
 * Fills the plane with cells: a Voronoi diagram of jittered sites, some missing and some united with a
 * neighbour, so that sizes and shapes vary, drawn in coordinates that smooth noise has bent.
 *
 * @param diameter of a typical cell, px
 */
export function layOutTissue(width: number, height: number, diameter: number, uniform: () => number): Tissue {
  const normal = normalFrom(uniform);
  const pitch = 0.72 * diameter;
  const columns = Math.ceil(width / pitch) + 2 * SEARCH + 2;
  const rows = Math.ceil(height / pitch) + 2 * SEARCH + 2;
  const count = columns * rows;
  const siteX = new Float32Array(count);
  const siteY = new Float32Array(count);
  const cellOf = Int32Array.from({ length: count }, (_, site) => site);
  for (let site = 0; site < count; site++) {
    siteX[site] = ((site % columns) + uniform() - SEARCH - 1) * pitch;
    siteY[site] = (Math.floor(site / columns) + uniform() - SEARCH - 1) * pitch;
    const fate = uniform();
    if (fate < MISSING) siteX[site] = Number.NaN;
    else if (fate < MISSING + UNITED && site > columns) {
      cellOf[site] = cellOf[site - (uniform() < 0.5 ? 1 : columns)];
    }
  }

  const bendX = bend(width, height, diameter, normal);
  const bendY = bend(width, height, diameter, normal);
  const cells = new Int32Array(width * height);
  for (let i = 0; i < cells.length; i++) {
    const x = (i % width) + bendX[i];
    const y = Math.floor(i / width) + bendY[i];
    const column = clamp(Math.floor(x / pitch) + SEARCH + 1, SEARCH, columns - SEARCH - 1);
    const row = clamp(Math.floor(y / pitch) + SEARCH + 1, SEARCH, rows - SEARCH - 1);
    let own = -1;
    let nearest = Infinity;
    for (let r = row - SEARCH; r <= row + SEARCH; r++) {
      for (let site = r * columns + column - SEARCH; site <= r * columns + column + SEARCH; site++) {
        const square = (x - siteX[site]) ** 2 + (y - siteY[site]) ** 2;
        if (square < nearest) {
          nearest = square;
          own = site;
        }
      }
    }
    cells[i] = cellOf[own];
  }
  return { cells, count, distance: distanceToBorder(cells, width, height) };
}

/** Sites are sought in the (2 SEARCH + 1)² lattice cells around a pixel. */
const SEARCH = 2;
const MISSING = 0.3;
const UNITED = 0.3;

/** How far each pixel is displaced along one axis, px: a slow bend and a quick waviness. */
function bend(width: number, height: number, diameter: number, normal: () => number): Float32Array {
  const slow = smoothNoise(width, height, 0.8 * diameter, normal);
  const quick = smoothNoise(width, height, 0.28 * diameter, normal);
  for (let i = 0; i < slow.length; i++) slow[i] = diameter * (0.13 * slow[i] + 0.035 * quick[i]);
  return slow;
}

/**
 * Distance to the line between two cells, px: half a pixel beside it, then by steps to the eight neighbours
 * (a chamfer distance, at most 8 % too long).
 */
function distanceToBorder(cells: Int32Array, width: number, height: number): Float32Array {
  const distance = new Float32Array(cells.length).fill(width + height);
  for (let i = 0; i < cells.length; i++) {
    if (i % width < width - 1 && cells[i] !== cells[i + 1]) distance[i] = distance[i + 1] = 0.5;
    if (i + width < cells.length && cells[i] !== cells[i + width]) distance[i] = distance[i + width] = 0.5;
  }
  const sweep = (i: number, side: number, row: number) => {
    const x = i % width;
    const hasSide = side < 0 ? x > 0 : x < width - 1;
    const hasOther = side < 0 ? x < width - 1 : x > 0;
    const hasRow = i + row >= 0 && i + row < cells.length;
    let best = distance[i];
    if (hasSide) best = Math.min(best, distance[i + side] + 1);
    if (hasRow) {
      best = Math.min(best, distance[i + row] + 1);
      if (hasSide) best = Math.min(best, distance[i + row + side] + Math.SQRT2);
      if (hasOther) best = Math.min(best, distance[i + row - side] + Math.SQRT2);
    }
    distance[i] = best;
  };
  for (let i = 0; i < cells.length; i++) sweep(i, -1, -width);
  for (let i = cells.length - 1; i >= 0; i--) sweep(i, 1, width);
  return distance;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
