import type { Rect } from "@unet/image";
import { Splitter } from "../splitting/splitter.js";
import { ComponentRuns } from "./component-runs.js";
import { ComponentTable, type Objects } from "./component-table.js";
import { type LabelChoices, type LabelSteps, readScores } from "./label-choices.js";

/** How labelling ended. */
export interface LabelSummary {
  /** Objects: their labels are 1 to `count`. */
  count: number;
  /** Labels of the objects whose box is too large to be split within the memory. */
  unsplit: number[];
}

/**
 * Labels the objects of an image that is read in strips from top to bottom, twice: once to learn what is
 * connected, once to write. With a watershed, each object is split in between, inside its own box. The result
 * doesn't depend on the strips. The caller reads and writes, see
 * {@link LabelSteps}: so labelling in memory and from files are the same code.
 */
export function* labelSteps(
  { width, height }: { width: number; height: number },
  choices: LabelChoices,
): LabelSteps<LabelSummary> {
  const { minimumSize, watershed } = choices;
  const strips = stripsOf(width, height, choices.rows);
  const table = new ComponentTable(minimumSize > 0 || watershed !== undefined);
  const runs = new ComponentRuns(width, height, choices, table);
  for (const strip of strips) {
    const scores = yield* readScores(strip);
    for (let row = 0; row < strip.height; row++) runs.next(scores, row);
  }
  const objects = table.objects();
  const splitter = watershed && new Splitter(width, height, objects, choices, watershed);
  if (splitter) {
    for (const strip of strips) yield* splitter.learn(strip);
  }
  const { numbers, count, unsplit } = splitter
    ? splitter.number()
    : { ...numberLarge(objects, minimumSize), unsplit: [] };

  const again = new ComponentRuns(width, height, choices);
  for (const strip of strips) {
    const scores = yield* readScores(strip);
    const labels = new Int32Array(width * strip.height);
    for (let row = 0; row < strip.height; row++) {
      again.next(scores, row);
      paintRow(again, objects, numbers, labels.subarray(row * width, (row + 1) * width));
    }
    if (splitter) yield* splitter.paint(labels, strip, scores);
    yield { write: strip, labels: { width, height: strip.height, data: labels }, scores, count };
  }
  return { count, unsplit };
}

function paintRow(runs: ComponentRuns, { of }: Objects, numbers: Int32Array, out: Int32Array): void {
  const { count, ends, labels } = runs;
  for (let k = 0, x = 0; k < count; k++) {
    const label = numbers[of[labels[k]]];
    const end = ends[k];
    // Most runs are too short for `fill` to pay.
    if (label !== 0) while (x < end) out[x++] = label;
    x = end;
  }
}

function stripsOf(width: number, height: number, rows: number): Rect[] {
  const strips: Rect[] = [];
  for (let y = 0; y < height; y += rows) strips.push({ x: 0, y, width, height: Math.min(rows, height - y) });
  return strips;
}

/** The number of each object; 0 for the small ones, which are dropped. */
function numberLarge({ count, areas }: Objects, minimumSize: number): { numbers: Int32Array; count: number } {
  const numbers = new Int32Array(count + 1);
  let kept = 0;
  for (let object = 1; object <= count; object++) {
    if (minimumSize === 0 || areas[object] >= minimumSize) numbers[object] = ++kept;
  }
  return { numbers, count: kept };
}
