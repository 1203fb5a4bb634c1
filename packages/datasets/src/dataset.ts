import type { Sample } from "@unet/image";

/**
 * Annotated images, read or made on demand and in any order: `get(i)` for i = 0 … length − 1 touches
 * nothing but sample i. Everything in this package makes, takes or divides one of these.
 */
export interface Dataset {
  readonly length: number;
  /**
   * @throws RangeError if `index` is not an integer in 0 … length − 1
   */
  get(index: number): Promise<Sample>;
}

/**
 * Throws where `index` names no sample of a data set of `length` samples.
 *
 * @throws RangeError that names the index and the length
 */
export function assertIndex(index: number, length: number, where: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new RangeError(`${where}: index must be an integer in 0 … ${length - 1}, got ${index}`);
  }
}
