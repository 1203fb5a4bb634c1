import type { Judge } from "./judges.js";

/** What is chosen, and how good it is likely to be. */
export interface Chosen {
  /** The number of the choice. */
  best: number;
  /** Measures estimated leaving one image out; with a single image they are those of the choice itself. */
  measures: Record<string, number>;
}

/**
 * Chooses what is best for all images together. How good that is must not be told by the same images: so each is judged by
 * what is best for the others, and these judgements are pooled.
 *
 * @param counts of each image, of each choice
 */
export function chooseBest(counts: readonly unknown[][], judge: Judge): Chosen {
  const best = bestFor(counts, judge);
  const estimated = counts.map((own, left) => {
    if (counts.length === 1) return own[best];
    return own[bestFor(counts.toSpliced(left, 1), judge)];
  });
  const measures = Object.entries(judge.pool(estimated)).filter(([, value]) => Number.isFinite(value));
  return {
    best,
    measures: Object.fromEntries(measures.map(([name, value]) => [name, Number(value.toFixed(4))])),
  };
}

/** The first of the best choices. */
function bestFor(counts: readonly unknown[][], judge: Judge): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let choice = 0; choice < counts[0].length; choice++) {
    const value = judge.value(judge.pool(counts.map((image) => image[choice])));
    if (!(value > highest)) continue;
    highest = value;
    best = choice;
  }
  return best;
}
