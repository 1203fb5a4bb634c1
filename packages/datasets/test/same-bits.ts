import { syntheticCells, syntheticMembranes } from "../src/index.js";

/** Fingerprints of synthetic images and their labels, which Node and the browser must agree on. */
export async function fingerprints(): Promise<number[]> {
  const size = { count: 2, width: 64, height: 64, seed: 9 };
  const sets = [
    syntheticCells(size),
    syntheticCells({ ...size, style: "fluorescence" }),
    syntheticMembranes(size),
  ];
  const samples = await Promise.all(sets.map((set) => set.get(1)));
  return samples.flatMap(({ image, labels }) => [fingerprint(image.data), fingerprint(labels.data)]);
}

export const EXPECTED = [682457, 342111, 476843, 932367, 742537, 187039];

function fingerprint(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total = (total * 31 + values[i]) % 1_000_003;
  return total;
}
