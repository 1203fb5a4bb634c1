import type { Judge } from "./judges.js";

/** The choice, and an estimate of how good it is. */
export interface Chosen {
  /** The number of the choice. */
  best: number;
  /** Measures estimated leaving one image out; with a single image they are those of the choice itself. */
  measures: Record<string, number>;
}

/**
 * Chooses the most usual of what is as good as the best for all images together: few images tell little apart. How good
 * that is must not be told by the same images: so each is judged by what is chosen on the others, and these judgements are
 * pooled.
 *
 * @param counts of each image, of each choice, the most usual choice first
 */
export function chooseBest(counts: readonly unknown[][], judge: Judge): Chosen {
  const best = choiceFor(counts, judge);
  const estimated = counts.map((own, left) => {
    if (counts.length === 1) return own[best];
    return own[choiceFor(counts.toSpliced(left, 1), judge)];
  });
  const measures = Object.entries(judge.pool(estimated)).filter(([, value]) => Number.isFinite(value));
  return {
    best,
    measures: Object.fromEntries(measures.map(([name, value]) => [name, Number(value.toFixed(4))])),
  };
}

/**
 * The first choice that is worse than the best by no more than one standard error of their difference (the rule of Breiman,
 * Friedman, Olshen and Stone 1984, section 3.4.3), which is estimated leaving one image out (jackknife). Of a single image
 * that can't be told, and the best is taken.
 */
function choiceFor(counts: readonly unknown[][], judge: Judge): number {
  const value = (choice: number, images = counts) =>
    judge.value(judge.pool(images.map((image) => image[choice])));
  const values = counts[0].map((_, choice) => value(choice));
  const best = firstLargest(values);
  if (counts.length === 1) return best;
  const without = (choice: number) => counts.map((_, left) => value(choice, counts.toSpliced(left, 1)));
  const withoutOfBest = without(best);
  for (let choice = 0; choice < best; choice++) {
    const differences = without(choice).map((value, left) => withoutOfBest[left] - value);
    if (values[best] - values[choice] <= standardError(differences)) return choice;
  }
  return best;
}

function firstLargest(values: readonly number[]): number {
  let largest = 0;
  for (const [i, value] of values.entries()) if (value > values[largest]) largest = i;
  return largest;
}

/** Of a statistic, by its values with each image left out. */
function standardError(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(((count - 1) / count) * squares);
}
