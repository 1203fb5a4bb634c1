/** What is positive, and right or wrong. */
export interface Counts {
  tp: number;
  fp: number;
  fn: number;
}

/** Counts of all images together. */
export function sumCounts(images: Counts[]): Counts {
  return images.reduce((sum, { tp, fp, fn }) => ({ tp: sum.tp + tp, fp: sum.fp + fp, fn: sum.fn + fn }));
}

/** The mean of one number or more. */
export const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Precision, recall and their harmonic mean; 1 where nothing could be wrong. */
export function fScoreOf({ tp, fp, fn }: Counts) {
  return {
    precision: fp === 0 ? 1 : tp / (tp + fp),
    recall: fn === 0 ? 1 : tp / (tp + fn),
    fScore: fp + fn === 0 ? 1 : (2 * tp) / (2 * tp + fp + fn),
  };
}
