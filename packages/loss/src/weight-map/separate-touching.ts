import { assertLabels, type LabelImage } from "@unet/image";

/**
 * Separates touching instances by background, as the paper does before it computes the weight map (section 3):
 * of every two neighbouring pixels of different instances, the one of the larger instance becomes 0 (of the
 * higher number, where both are equally large). The ridge is one pixel wide between any two instances, small
 * cells keep their pixels, and the result doesn't depend on how the image is turned or mirrored.
 *
 * An instance vanishes only where each of its pixels touches a smaller instance (or an equally large one with
 * a lower number): of two lone pixels side by side one must go. `IGNORE` stays, and touches nothing.
 *
 * @param labels an instance map
 * @param options `connectivity`: 4 separates pixels that share a side (default), 8 also those that share a
 *   corner
 * @returns a new label image
 * @throws RangeError where `connectivity` is neither 4 nor 8
 */
export function separateTouching(
  labels: LabelImage,
  { connectivity = 4 }: { connectivity?: 4 | 8 } = {},
): LabelImage {
  assertLabels(labels, "separateTouching");
  if (connectivity !== 4 && connectivity !== 8) {
    throw new RangeError(`separateTouching: connectivity must be 4 or 8, got ${connectivity}`);
  }
  const { width, height, data } = labels;
  const out = data.slice();
  let sizes: Map<number, number> | undefined;
  /** Clears the pixel of the larger instance, `i` or `j`, if two instances meet there. */
  const separate = (i: number, j: number) => {
    const a = data[i];
    const b = data[j];
    if (a === b || a <= 0 || b <= 0) return;
    sizes ??= instanceSizes(data);
    const excess = sizes.get(a)! - sizes.get(b)! || a - b;
    out[excess > 0 ? i : j] = 0;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] <= 0) continue;
      if (x + 1 < width) separate(i, i + 1);
      if (y + 1 === height) continue;
      separate(i, i + width);
      if (connectivity === 4) continue;
      if (x > 0) separate(i, i + width - 1);
      if (x + 1 < width) separate(i, i + width + 1);
    }
  }
  return { width, height, data: out };
}

function instanceSizes(data: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of data) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}
