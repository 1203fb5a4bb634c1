import type { Task, TaskOutput } from "@unet/inference";

/** One way to make a result of scores: what it sets of a task's output. */
export type Choice = Partial<Pick<TaskOutput, "threshold" | "split" | "minimumSize">>;

/** Up to so many pixels in all there is time for twice as many thresholds. */
const FINE_PIXELS = 2 ** 21;

/**
 * The choices that are tried. Of equal ones the first is taken, so the usual come first: thresholds near ½, objects as they
 * are connected, small ones kept.
 *
 * @param area of the median true object, px
 * @param pixels of all images
 */
export function choicesFor({ aim, out }: Task, area: number, pixels: number): Choice[] {
  if (aim === "classes" && out.score.length > 2) return [{}];
  const step = pixels > FINE_PIXELS ? 2 : 1;
  // contours part regions at lower scores: they are means along borders, in which nobody is sure
  const [low, high] = aim === "membranes" ? [2, 14] : [4, 16];
  const thresholds: number[] = [];
  for (let twentieth = low; twentieth <= high; twentieth += step) thresholds.push(twentieth / 20);
  thresholds.sort((a, b) => Math.abs(a - 0.5) - Math.abs(b - 0.5) || a - b);
  if (aim === "classes") return thresholds.map((threshold) => ({ threshold }));
  const usual: Array<TaskOutput["split"]> =
    aim === "membranes" ? ["none", "contours"] : ["none", "distance", "scores"];
  const splits = usual.includes(out.split) ? usual : [...usual, out.split];
  const shares = aim === "membranes" ? [0, 0.05] : [0, 0.05, 0.1, 0.2, 0.3];
  const sizes = [...new Set(shares.map((share) => Math.round(share * area)))];
  return thresholds.flatMap((threshold) =>
    splits.flatMap((split) => sizes.map((minimumSize) => ({ threshold, split, minimumSize }))),
  );
}
