import type { LabelImage } from "@unet/image";
import type { MergeTree } from "../splitting/merge-regions.js";
import type { ObjectParts } from "../splitting/watershed.js";

/** IoU with each object that is overlapped, by its number. */
type Likeness = Map<number, number>;

/**
 * The regions of a tree of merges that are most like the objects `before`. From the leaves up, a merge takes the place of
 * the regions below it unless these are more like them: by the sum, over the objects, of the best IoU with a region.
 *
 * @param parts the regions at the leaves
 * @returns the regions, and for each the number of the object that it continues, 0 for none; each number at most
 *   once
 */
export function regionsLike(
  before: LabelImage | undefined,
  parts: ObjectParts,
  tree: MergeTree,
): { regions: ObjectParts; numbers: Int32Array } {
  const { count, parents } = tree;
  const likenesses = likenessOfNodes(before, parts, tree);
  const stands = new Uint8Array(count + 1).fill(1);
  const best: Likeness[] = likenesses.slice();
  const below: Likeness[] = Array.from({ length: count + 1 }, () => new Map());
  for (let node = 1; node <= count; node++) {
    // sums of the same numbers in another order differ by rounding
    if (sum(below[node]) > sum(likenesses[node]) + 1e-9) {
      stands[node] = 0;
      best[node] = below[node];
    }
    const above = below[parents[node]];
    for (const [object, iou] of best[node]) above.set(object, Math.max(iou, above.get(object) ?? 0));
  }

  let regionCount = 0;
  const regionOf = new Int32Array(count + 1);
  const found: Likeness[] = [];
  for (let node = count; node > 0; node--) {
    regionOf[node] = regionOf[parents[node]];
    if (regionOf[node] > 0 || !stands[node]) continue;
    regionOf[node] = ++regionCount;
    found[regionCount] = likenesses[node];
  }
  const labels = Int32Array.from(parts.labels, (part) => regionOf[part]);
  return { regions: { count: regionCount, labels }, numbers: continued(found, regionCount) };
}

/** Numbers regions by the objects that they are most like, the highest IoU first. */
function continued(likenesses: Likeness[], count: number): Int32Array {
  const pairs = likenesses.flatMap((likeness, region) =>
    [...likeness].map(([object, iou]) => ({ region, object, iou })),
  );
  pairs.sort((a, b) => b.iou - a.iou || a.object - b.object || a.region - b.region);
  const numbers = new Int32Array(count + 1);
  const taken = new Set<number>();
  for (const { region, object } of pairs) {
    if (numbers[region] > 0 || taken.has(object)) continue;
    numbers[region] = object;
    taken.add(object);
  }
  return numbers;
}

function likenessOfNodes(
  before: LabelImage | undefined,
  { labels }: ObjectParts,
  { count, parents }: MergeTree,
): Likeness[] {
  const areas = new Float64Array(count + 1);
  const shared: Array<Map<number, number>> = Array.from({ length: count + 1 }, () => new Map());
  const sizes = new Map<number, number>();
  const add = (to: Map<number, number>, key: number, pixels: number) =>
    to.set(key, (to.get(key) ?? 0) + pixels);
  for (let i = 0; i < labels.length; i++) {
    const object = before?.data[i] ?? 0;
    if (object > 0) add(sizes, object, 1);
    if (labels[i] === 0) continue;
    areas[labels[i]]++;
    if (object > 0) add(shared[labels[i]], object, 1);
  }
  for (let node = 1; node <= count; node++) {
    const parent = parents[node];
    if (parent === 0) continue;
    areas[parent] += areas[node];
    for (const [object, pixels] of shared[node]) add(shared[parent], object, pixels);
  }
  return shared.map((overlaps, node) => {
    const iou = ([object, pixels]: [number, number]): [number, number] => [
      object,
      pixels / (areas[node] + sizes.get(object)! - pixels),
    ];
    return new Map([...overlaps].map(iou));
  });
}

function sum(likeness: Likeness): number {
  return [...likeness.values()].reduce((total, iou) => total + iou, 0);
}
