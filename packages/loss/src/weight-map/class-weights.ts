import { assertLabels, IGNORE, type LabelImage } from "@unet/image";

/**
 * Weights that make all classes count the same: w_c = N / (C · n_c), with n_c pixels of class c, N pixels in
 * all and C classes that occur; `IGNORE` pixels don't count. The mean over all pixels is 1. A class that
 * doesn't occur gets 0. This is the paper's w_c (section 3, equation 2).
 *
 * Balance over the whole training set, never over a tile: give all class maps at once, or the sum of their
 * {@link countClasses} where they aren't in memory together.
 *
 * @param classMaps any number of class maps of labels below `classes`
 * @param counts n_c, one for each class
 * @throws RangeError where a label is no class, or a count is negative
 */
export function balancedClassWeights(classMaps: Iterable<LabelImage>, classes: number): number[];
export function balancedClassWeights(counts: readonly number[]): number[];
export function balancedClassWeights(
  given: Iterable<LabelImage> | readonly number[],
  classes?: number,
): number[] {
  const counts =
    classes === undefined ? (given as readonly number[]) : sumCounts(given as Iterable<LabelImage>, classes);
  for (const count of counts) {
    if (!(count >= 0))
      throw new RangeError(`balancedClassWeights: counts must not be negative, got ${count}`);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? total / (present * count) : 0));
}

/**
 * How many pixels each class has; `IGNORE` pixels are left out.
 *
 * @throws RangeError that names the first label that is neither `IGNORE` nor a class below `classes`
 */
export function countClasses(classMap: LabelImage, classes: number): number[] {
  assertLabels(classMap, "countClasses");
  const { width, data } = classMap;
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < data.length; i++) {
    const label = data[i];
    if (label >= 0 && label < classes) counts[label]++;
    else if (label !== IGNORE) {
      throw new RangeError(
        `countClasses: the label at x ${i % width}, y ${Math.floor(i / width)} is ${label}, but ${classes} classes are 0 … ${classes - 1} (−1: ignore)`,
      );
    }
  }
  return counts;
}

function sumCounts(classMaps: Iterable<LabelImage>, classes: number): number[] {
  const sum = new Array<number>(classes).fill(0);
  for (const classMap of classMaps) {
    countClasses(classMap, classes).forEach((count, label) => {
      sum[label] += count;
    });
  }
  return sum;
}
