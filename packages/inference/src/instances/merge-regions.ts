import TinyQueue from "tinyqueue";

/** Where two regions touch. */
export interface Border {
  /** The two, from 1. */
  regions: [number, number];
  /** Sum of the scores along it, and how many they are. */
  sum: number;
  length: number;
}

/**
 * Merges regions two by two, always the pair that has the highest mean score along its common border, until one
 * is left: hierarchical clustering with average linkage, in which no merge has a higher mean than one before it.
 *
 * @param count regions, numbered from 1, which borders connect all
 * @param borders one for each pair that touches; they are used up
 * @returns the mean score at which two different regions became one
 */
export function mergeRegions(count: number, borders: Border[]): (a: number, b: number) => number {
  // The tree of merges: regions are its leaves, and each merge makes a node with a number larger than those below.
  const parents = new Int32Array(2 * count);
  const levels = new Float64Array(2 * count);
  /** The node that a region, which stands for all that it has taken in, is now. */
  const nodes = Int32Array.from({ length: count + 1 }, (_, region) => region);

  const bordersOf = Array.from({ length: count + 1 }, () => new Map<number, Border>());
  const queue = new TinyQueue<{ border: Border; mean: number }>([], (a, b) => b.mean - a.mean);
  const enqueue = (border: Border) => queue.push({ border, mean: border.sum / border.length });
  for (const border of borders) {
    const [a, b] = border.regions;
    bordersOf[a].set(b, border);
    bordersOf[b].set(a, border);
    enqueue(border);
  }

  let last = count;
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { border, mean } = next;
    const [a, b] = border.regions;
    const isCurrent = bordersOf[a].get(b) === border && mean === border.sum / border.length;
    if (!isCurrent) continue;
    last += 1;
    parents[nodes[a]] = last;
    parents[nodes[b]] = last;
    levels[last] = mean;

    // The one with fewer neighbours is taken in, so that little is moved.
    const [taker, taken] = bordersOf[a].size < bordersOf[b].size ? [b, a] : [a, b];
    nodes[taker] = last;
    bordersOf[taker].delete(taken);
    for (const [other, moved] of bordersOf[taken]) {
      bordersOf[other].delete(taken);
      if (other === taker) continue;
      const known = bordersOf[taker].get(other);
      if (known) {
        known.sum += moved.sum;
        known.length += moved.length;
        enqueue(known);
      } else {
        moved.regions = [taker, other];
        bordersOf[taker].set(other, moved);
        bordersOf[other].set(taker, moved);
      }
    }
    bordersOf[taken].clear();
  }

  return (a, b) => {
    while (a !== b) {
      if (a < b) a = parents[a];
      else b = parents[b];
    }
    return levels[a];
  };
}
