import { randomAt } from "@unet/image";
import { assertCounts, assertIndex, type Dataset } from "../dataset.js";
import { cellField, layOutCells } from "./cell-layout.js";
import { renderFluorescence, renderPhaseContrast } from "./cell-rendering.js";

/** What {@link syntheticCells} is told. */
export interface SyntheticCellsOptions {
  /** How many images. */
  count: number;
  /** Size of each image, px. Default 256. */
  width?: number;
  height?: number;
  /** Any integer; default 0. */
  seed?: number;
  /** How they look; default `"phase-contrast"`, whose cells no threshold finds. */
  style?: "phase-contrast" | "fluorescence";
  /** Smallest and largest diameter of a cell, px; default [20, 38]. */
  diameter?: readonly [number, number];
  /** The part of the image that is cells; default 0.42. */
  coverage?: number;
}

/**
 * Microscopy of touching cells, made from numbers: 8-bit grey images with instance labels (kind
 * `"instances"`; 0 is background, cells are 1, 2, …). Cells are deformed, lobed, of various sizes, and live
 * in clusters: most of them touch another, without a background pixel between. Sample i depends on the
 * options, the seed and i alone, so any worker makes any of them in any order.
 *
 * @throws RangeError where an option is not possible
 */
export function syntheticCells(options: SyntheticCellsOptions): Dataset {
  const { count, width = 256, height = 256, seed = 0, style = "phase-contrast" } = options;
  const { diameter = [20, 38], coverage = 0.42 } = options;
  assertCounts("syntheticCells", { count, width, height });
  if (style !== "phase-contrast" && style !== "fluorescence") {
    throw new RangeError(`syntheticCells: style must be "phase-contrast" or "fluorescence", got "${style}"`);
  }
  if (!(diameter[0] >= 8 && diameter[1] >= diameter[0])) {
    throw new RangeError(
      `syntheticCells: diameter must be [smallest, largest] with 8 ≤ smallest ≤ largest, got [${diameter}]`,
    );
  }
  if (!(coverage > 0 && coverage <= 0.8)) {
    throw new RangeError(`syntheticCells: coverage must be above 0 and at most 0.8, got ${coverage}`);
  }
  const render = style === "fluorescence" ? renderFluorescence : renderPhaseContrast;
  return {
    length: count,
    names: Array.from({ length: count }, (_, index) => `synthetic-cells[${index}]`),
    async get(index) {
      assertIndex(index, count, "syntheticCells");
      const uniform = randomAt(seed, `synthetic-cells/${style}`, index);
      const cells = layOutCells(width, height, { diameter, coverage, clustering: 0.8 }, uniform);
      const field = cellField(width, height, cells);
      const data = render({ width, height, cells, field }, uniform);
      return {
        name: `synthetic-cells[${index}]`,
        image: { width, height, channels: 1, data },
        labels: { width, height, data: field.labels },
        kind: "instances",
      };
    },
  };
}
