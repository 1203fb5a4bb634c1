import type { Image } from "@unet/image";

/**
 * The values of each channel by their rank among all pixels (0 is the least), exactly and in memory that does
 * not grow with the image. Integers are counted in a histogram. The bits of floats, read as integers, have the
 * order of their values: a first histogram of the upper 16 bits finds the bin that a rank falls into, and in a
 * second pass a histogram of the lower 16 bits of the values in that bin finds the value.
 *
 * @param scan visits all parts of the image; it is called once, or twice for floats
 * @returns one function a channel, for the ranks that percentiles of 1 and 99 % need, the first and the last
 */
export async function sortedValues(
  channels: number,
  scan: (visit: (part: Image) => void) => Promise<void>,
): Promise<Array<(rank: number) => number>> {
  const upper = Array.from({ length: channels }, () => new Float64Array(BINS));
  let isFloat = false;
  await scan(({ data }) => {
    isFloat = data instanceof Float32Array;
    const keys = isFloat ? keysOf(data as Float32Array) : data;
    for (const [c, counts] of upper.entries()) {
      for (let i = c; i < keys.length; i += channels) counts[isFloat ? keys[i] >>> 16 : keys[i]]++;
    }
  });
  if (!isFloat) return upper.map((counts) => (rank) => binAt(counts, rank).bin);

  const lower = upper.map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const bins = ranksOf(total).map((rank) => binAt(counts, rank).bin);
    return new Map(bins.map((bin) => [bin, new Float64Array(BINS)]));
  });
  await scan(({ data }) => {
    const keys = keysOf(data as Float32Array);
    for (const [c, wanted] of lower.entries()) {
      for (let i = c; i < keys.length; i += channels) {
        const counts = wanted.get(keys[i] >>> 16);
        if (counts) counts[keys[i] & 0xffff]++;
      }
    }
  });
  return upper.map((counts, c) => (rank) => {
    const { bin, before } = binAt(counts, rank);
    return floatOf(bin * BINS + binAt(lower[c].get(bin)!, rank - before).bin);
  });
}

const BINS = 2 ** 16;

/** The ranks that interpolated percentiles need, and the first and the last. */
function ranksOf(count: number): number[] {
  const positions = [0, 0.01 * (count - 1), 0.99 * (count - 1), count - 1];
  return positions.flatMap((at) => [Math.floor(at), Math.min(Math.floor(at) + 1, count - 1)]);
}

/** The bin that the value of this rank is in, and how many values are in the bins before. */
function binAt(counts: Float64Array, rank: number): { bin: number; before: number } {
  let before = 0;
  for (let bin = 0; ; bin++) {
    if (rank < before + counts[bin]) return { bin, before };
    before += counts[bin];
  }
}

/** Whole numbers in the order of the floats: negative ones have all bits turned round, others the sign alone. */
function keysOf(data: Float32Array): Uint32Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return bits.map((value) => (value >>> 31 ? ~value : value | 0x80000000));
}

function floatOf(key: number): number {
  const bits = key >>> 31 ? key & 0x7fffffff : ~key;
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
