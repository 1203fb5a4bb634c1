import type { LabelImage, LabelKind } from "@unet/image";
import { cellsOf } from "./cells-of.js";
import { classMap } from "./class-map.js";
import { rimMap } from "./rim-map.js";
import { separateTouching } from "./separate-touching.js";

/** What {@link cellsAndClasses} makes of labels. */
export interface CellsAndClasses {
  /** Separate cells, whose borders {@link weightMap} stresses. */
  cells: LabelImage;
  /** The class of each pixel, which the network learns. */
  classes: LabelImage;
}

/**
 * What a network learns from labels. Of a class map the cells are its connected components; touching instances are
 * separated by background first. With `rims` instances stay as they are, and their rims are classes.
 *
 * ```ts
 * const { cells, classes } = cellsAndClasses(sample.labels, sample.kind);
 * const weights = weightMap(cells, { classes });
 * ```
 *
 * @param options `classOf`: classes by instance number, see {@link classMap}; `rims`: their widths, see {@link rimMap}
 * @throws RangeError where rims are asked for of a class map
 */
export function cellsAndClasses(
  labels: LabelImage,
  kind: LabelKind,
  { rims = [], classOf }: { rims?: readonly number[]; classOf?: Readonly<Record<number, number>> } = {},
): CellsAndClasses {
  if (rims.length > 0) {
    if (kind === "instances") return { cells: labels, classes: rimMap(labels, { width: rims }) };
    throw new RangeError(`cellsAndClasses: rims need instances, but the labels are ${kind}`);
  }
  if (kind === "classes") return { cells: cellsOf(labels), classes: labels };
  const cells = separateTouching(labels);
  return { cells, classes: classMap(cells, "instances", classOf) };
}
