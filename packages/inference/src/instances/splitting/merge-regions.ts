import TinyQueue from "tinyqueue";

/** Where two regions touch. */
export interface Border {
  /** The two, from 1. */
  regions: [number, number];
  /** Sum of the scores along it, and how many they are. */
  sum: number;
  length: number;
}

/** How regions became one, as trees: regions are the leaves, and a merge has a larger number than the two below it. */
export interface MergeTree {
  /** Nodes, from 1 on: first the regions, then the merges. */
  count: number;
  /** The merge that each node is part of; 0 for the last ones. */
  parents: Int32Array;
  /** Of each merge, the mean score along the border. */
  levels: Float64Array;
}

/**
 * Merges regions two by two, always the pair that has the highest mean score along its common border, until no two
 * touch: hierarchical clustering with average linkage, in which no merge has a higher mean than one before it.
 *
 * @param count regions, numbered from 1
 * @param borders one for each pair that touches; they are used up
 * @param owners of each region, by its number, who owns it; 0: nobody. Regions of different owners stay apart
 */
export function mergeRegions(count: number, borders: Border[], owners?: Int32Array): MergeTree {
  const parents = new Int32Array(2 * count);
  const levels = new Float64Array(2 * count);
  /** The node that a region, which stands for all that it has taken in, is now. */
  const nodes = Int32Array.from({ length: count + 1 }, (_, region) => region);

  const owner = owners?.slice() ?? new Int32Array(count + 1);

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
    if (!isCurrent || (owner[a] > 0 && owner[b] > 0 && owner[a] !== owner[b])) continue;
    last += 1;
    parents[nodes[a]] = last;
    parents[nodes[b]] = last;
    levels[last] = mean;

    // The one with fewer neighbours is taken in, so that little is moved.
    const [taker, taken] = bordersOf[a].size < bordersOf[b].size ? [b, a] : [a, b];
    nodes[taker] = last;
    owner[taker] ||= owner[taken];
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

  return { count: last, parents, levels };
}

/** The mean score at which two regions of one tree became one. */
export function joinedAt({ parents, levels }: MergeTree, a: number, b: number): number {
  while (a !== b) {
    if (a < b) a = parents[a];
    else b = parents[b];
  }
  return levels[a];
}
