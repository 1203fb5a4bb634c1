import type { Image, Rect } from "@unet/image";
import { type ComponentOptions, ComponentRuns } from "../labelling/component-runs.js";
import { ComponentTable } from "../labelling/component-table.js";

/** The pixels of the object that holds column `x` of the first row of `rect`, seen in that part of `scores` alone. */
export function maskOfObject(
  scores: Image,
  rect: Rect,
  x: number,
  y: number,
  options: ComponentOptions,
): Uint8Array {
  const { width, height } = rect;
  const table = new ComponentTable(false);
  const first = new ComponentRuns(width, height, options, table);
  for (let row = 0; row < height; row++) first.next(scores, rect.y + row, rect.x);
  const { of } = table.objects();
  const labels = new Int32Array(width * height);
  const second = new ComponentRuns(width, height, options);
  for (let row = 0; row < height; row++) {
    second.next(scores, rect.y + row, rect.x);
    for (let k = 0, start = 0; k < second.count; start = second.ends[k++]) {
      labels.fill(of[second.labels[k]], row * width + start, row * width + second.ends[k]);
    }
  }
  const object = labels[y * width + x];
  return Uint8Array.from(labels, (label) => (label === object ? 1 : 0));
}
