import { type LabelImage, randomAt } from "@unet/image";
import { drawCentre } from "./draw-centre.js";

/**
 * A random centre for a tile that shows rare classes more often: for a share `balance` of the tiles a class is drawn,
 * all classes of the image equally likely, then one of its pixels; for the others the centre is that of `drawCentre`.
 * Ignored pixels are of no class.
 *
 * @param labels class of each pixel; not to be changed afterwards, as the pixels are sorted by class once
 * @param options the same `seed` and `index` give the same centre; `balance` from 0 to 1
 */
export function drawBalancedCentre(
  labels: LabelImage,
  { seed, index, balance }: { seed: number; index: number; balance: number },
): [y: number, x: number] {
  if (!(balance >= 0 && balance <= 1)) {
    throw new RangeError(`drawBalancedCentre: balance must be a share from 0 to 1, got ${balance}`);
  }
  const random = randomAt(seed, "tile balance", index);
  if (random() >= balance) return drawCentre(labels, { seed, index });
  const classes = classesOf(labels);
  if (classes.length === 0) return drawCentre(labels, { seed, index });
  const pixels = classes[Math.floor(random() * classes.length)];
  const pixel = pixels[Math.floor(random() * pixels.length)];
  return [Math.floor(pixel / labels.width), pixel % labels.width];
}

const sorted = new WeakMap<LabelImage, Int32Array[]>();

/** The numbers of the pixels of each class that there is. */
function classesOf(labels: LabelImage): Int32Array[] {
  let classes = sorted.get(labels);
  if (!classes) {
    classes = sortByClass(labels.data);
    sorted.set(labels, classes);
  }
  return classes;
}

function sortByClass(labels: Int32Array): Int32Array[] {
  const counts = new Map<number, number>();
  for (const label of labels) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  const ordered = [...counts].sort(([a], [b]) => a - b);
  const lists = new Map(ordered.map(([label, count]) => [label, { pixels: new Int32Array(count), next: 0 }]));
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const list = lists.get(labels[pixel]);
    if (list) list.pixels[list.next++] = pixel;
  }
  return [...lists.values()].map(({ pixels }) => pixels);
}
