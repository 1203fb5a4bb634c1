import type { Image } from "../image.js";

/** The values that become the darkest and the lightest; default: the least and the largest that occur. */
export interface Levels {
  low?: number;
  high?: number;
}

/** `levels` with what is missing filled in, from every `step`-th value; NaN and infinity don't count. */
export function levelsOf({ data }: Image, { low, high }: Levels, step: number): Required<Levels> {
  if (low !== undefined && high !== undefined) return { low, high };
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i += step) {
    const value = data[i];
    if (value < least && value !== Number.NEGATIVE_INFINITY) least = value;
    if (value > most && value !== Number.POSITIVE_INFINITY) most = value;
  }
  return { low: low ?? least, high: high ?? most };
}
