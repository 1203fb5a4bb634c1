import type { Task, TaskOutput } from "@unet/inference";

/** One way to make a result of scores: what it sets of a task's output. */
export type Choice = Partial<Pick<TaskOutput, "threshold" | "split" | "minimumSize">>;

/** Up to so many pixels in all there is time for twice as many thresholds. */
const FINE_PIXELS = 2 ** 21;

/**
 * The choices that are tried, the most usual first: those that split as the task says, near to its threshold and size.
 *
 * @param area of the median true object, px
 * @param pixels of all images
 */
export function choicesFor({ aim, out }: Task, area: number, pixels: number): Choice[] {
  if (aim === "classes" && out.score.length > 2) return [{}];
  const step = pixels > FINE_PIXELS ? 2 : 1;
  // Where few membranes are missed a low threshold looks best, and joins all regions of the next image.
  const [low, high] = aim === "membranes" ? [6, 14] : [4, 16];
  const thresholds: number[] = [];
  for (let twentieth = low; twentieth <= high; twentieth += step) thresholds.push(twentieth / 20);
  thresholds.sort(nearestTo(out.threshold));
  if (aim === "classes") return thresholds.map((threshold) => ({ threshold }));
  const usual: Array<TaskOutput["split"]> =
    aim === "membranes" ? ["none", "contours"] : ["none", "distance", "scores"];
  const splits = [out.split, ...usual.filter((split) => split !== out.split)];
  const shares = aim === "membranes" ? [0, 0.05] : [0, 0.05, 0.1, 0.2, 0.3];
  const sizes = [...new Set(shares.map((share) => Math.round(share * area)))].sort(
    nearestTo(out.minimumSize),
  );
  return splits.flatMap((split) =>
    thresholds.flatMap((threshold) => sizes.map((minimumSize) => ({ threshold, split, minimumSize }))),
  );
}

/** An order by the distance from a value; of two as far the lower comes first. */
function nearestTo(value: number): (a: number, b: number) => number {
  // Distances of twentieths that are equal may differ in their last bit.
  const distance = (from: number) => Number(Math.abs(from - value).toFixed(6));
  return (a, b) => distance(a) - distance(b) || a - b;
}
