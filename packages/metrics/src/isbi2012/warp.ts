import { foregroundAbove, type Slice } from "../slices.js";
import { ring, simplePoints } from "./simple-point.js";

/** Truth warped towards a proposal, both 1 inside cells. */
export interface Warped {
  /** The truth, as near to the proposal as its topology allows. */
  warped: Uint8Array;
  /** Where the two still differ. */
  mismatches: Int32Array;
}

/**
 * Warps the truth of a slice to the proposal at a threshold (Jain et al. 2010): simple pixels where they differ
 * are flipped, the surest first, in rounds until none is left. Outside the slice is background. Ignored pixels
 * are taken as proposed, so they never differ.
 */
export function warpTruth(slice: Slice, threshold: number): Warped {
  const { width, height, truth } = slice;
  const proposal = foregroundAbove(slice, threshold);
  // One pixel of background on every side, so that no neighbour needs a check.
  const stride = width + 2;
  const padded = new Uint8Array(stride * (height + 2));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      padded[(y + 1) * stride + x + 1] = truth[i] < 0 ? proposal[i] : truth[i] > 0 ? 1 : 0;
    }
  }
  const inside = (i: number) => (Math.floor(i / width) + 1) * stride + (i % width) + 1;
  const steps = ring.map(([dy, dx]) => dy * stride + dx);
  const isSimple = (at: number) => {
    let bits = 0;
    for (let k = 0; k < 8; k++) bits |= padded[at + steps[k]] << k;
    return simplePoints[bits] === 1;
  };

  // A pixel that differs is one not flipped yet, so the order of the first round holds for all.
  const distance = slice.probability.map((value) => Math.abs(value - threshold));
  let waiting = columnByColumn(width, height)
    .filter((i) => padded[inside(i)] !== proposal[i])
    .sort((a, b) => distance[b] - distance[a]);
  for (let before = -1; waiting.length !== before && waiting.length > 0; ) {
    before = waiting.length;
    waiting = waiting.filter((i) => {
      const at = inside(i);
      if (!isSimple(at)) return true;
      padded[at] ^= 1;
      return false;
    });
  }
  return { warped: proposal.map((_, i) => padded[inside(i)]), mismatches: waiting.sort() };
}

/** All pixels in the order in which the challenge's tool visits them. */
function columnByColumn(width: number, height: number): Int32Array {
  const order = new Int32Array(width * height);
  for (let x = 0, k = 0; x < width; x++) for (let y = 0; y < height; y++) order[k++] = y * width + x;
  return order;
}
