import { randomAt } from "@unet/image";
import { assertCounts, assertIndex, type Dataset } from "../dataset.js";
import { layOutTissue } from "./tissue-layout.js";
import { renderTissue } from "./tissue-rendering.js";

/** What {@link syntheticMembranes} is told. */
export interface SyntheticMembranesOptions {
  /** How many images. */
  count: number;
  /** Size of each image, px. Default 256. */
  width?: number;
  height?: number;
  /** Any integer; default 0. */
  seed?: number;
  /** Diameter of a typical cell, px; default 44. */
  diameter?: number;
}

/**
 * Electron microscopy of neural tissue, made from numbers: 8-bit grey images of densely packed cells, with
 * class maps as the ISBI 2012 challenge has them (kind `"classes"`; 1 inside a cell, 0 on a membrane).
 * Sample i depends on the options, the seed and i alone.
 *
 * @throws RangeError where an option is not possible
 */
export function syntheticMembranes(options: SyntheticMembranesOptions): Dataset {
  const { count, width = 256, height = 256, seed = 0, diameter = 44 } = options;
  assertCounts("syntheticMembranes", { count, width, height });
  if (!(diameter >= 12)) {
    throw new RangeError(`syntheticMembranes: diameter must be at least 12 px, got ${diameter}`);
  }
  const thickness = diameter / 22;
  return {
    length: count,
    names: Array.from({ length: count }, (_, index) => `synthetic-membranes[${index}]`),
    async get(index) {
      assertIndex(index, count, "syntheticMembranes");
      const uniform = randomAt(seed, "synthetic-membranes", index);
      const tissue = layOutTissue(width, height, diameter, uniform);
      return {
        name: `synthetic-membranes[${index}]`,
        image: {
          width,
          height,
          channels: 1,
          data: renderTissue(tissue, { width, height, thickness }, uniform),
        },
        labels: { width, height, data: Int32Array.from(tissue.distance, (d) => Number(d > thickness)) },
        kind: "classes",
      };
    },
  };
}
