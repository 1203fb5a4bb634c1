import type { Sample } from "@unet/image";

/**
 * Annotated images, read or made on demand and in any order: `get(i)` for i = 0 … length − 1 touches
 * nothing but sample i. Everything in this package makes, takes or divides one of these.
 */
export interface Dataset {
  readonly length: number;
  /** The names that the samples will have, where they are known without reading them. */
  readonly names?: readonly string[];
  /** The samples follow each other in time or depth, so that neighbours are alike: {@link split} keeps them together. */
  readonly sequential?: boolean;
  /** How `openDataset` opens the same samples again, where it opened them: plain data, kept with a run. */
  readonly source?: DataSource;
  /**
   * @throws RangeError if `index` is not an integer in 0 … length − 1
   */
  get(index: number): Promise<Sample>;
}

/** What a data set was opened by, as plain data that JSON holds. */
export interface DataSource {
  /** As `openDataset` takes it, e.g. `isbi2012:DIR`, with the path from the root. */
  readonly spec: string;
  /** The options that went with it. */
  readonly options: object;
  /** Which of its samples, where not all. */
  readonly indices?: readonly number[];
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

/**
 * Throws where a number of things is not a positive integer.
 *
 * @throws RangeError that names the first such option
 */
export function assertCounts(where: string, counts: Record<string, number>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`${where}: ${name} must be a positive integer, got ${value}`);
    }
    if (value > 1e6) throw new RangeError(`${where}: ${name} must be at most a million, got ${value}`);
  }
}
