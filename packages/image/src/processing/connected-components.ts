import { assertLabels, type LabelImage } from "../image.js";

/**
 * The connected components of equal label > 0, numbered from 1 in raster order of their first pixel.
 * Background stays 0 and {@link IGNORE} stays −1. Linear in the number of pixels: one raster pass that joins
 * neighbours in a union-find forest, one that numbers the roots (Rosenfeld and Pfaltz 1966).
 *
 * @param options `connectivity`: 4 joins pixels that share a side (default), 8 also those that share a corner
 * @throws RangeError where `connectivity` is neither 4 nor 8
 */
export function connectedComponents(
  labels: LabelImage,
  { connectivity = 4 }: { connectivity?: 4 | 8 } = {},
): LabelImage {
  assertLabels(labels, "connectedComponents");
  if (connectivity !== 4 && connectivity !== 8) {
    throw new RangeError(`connectedComponents: connectivity must be 4 or 8, got ${connectivity}`);
  }
  const { width, height, data } = labels;
  const parent = new Int32Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      parent[i] = i;
      const label = data[i];
      if (label <= 0) continue;
      const beside = x > 0 && data[i - 1] === label;
      if (beside) parent[i] = parent[i - 1];
      if (y === 0) continue;
      const above = i - width;
      const corner = x > 0 && data[above - 1] === label;
      // Beside and above are joined already where the corner between them belongs to both.
      if (data[above] === label && !(beside && corner)) join(parent, i, above);
      if (connectivity === 4) continue;
      if (corner && !beside) join(parent, i, above - 1);
      if (x < width - 1 && data[above + 1] === label) join(parent, i, above + 1);
    }
  }
  const out = new Int32Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] <= 0) out[i] = data[i];
    else {
      // A root is the first pixel of its component, so it is numbered before any other is asked.
      const root = find(parent, i);
      out[i] = root === i ? ++count : out[root];
    }
  }
  return { width, height, data: out };
}

function find(parent: Int32Array, i: number): number {
  let root = i;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]];
    root = parent[root];
  }
  return root;
}

function join(parent: Int32Array, a: number, b: number): void {
  const rootA = find(parent, a);
  const rootB = find(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}
