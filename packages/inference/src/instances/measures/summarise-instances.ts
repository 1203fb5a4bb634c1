import type { PixelSize } from "@unet/image";
import { csvTable } from "./csv-table.js";
import { sidesInMicrometres } from "./micrometres.js";

/** What is told of all objects of an image. */
export interface InstanceSummary {
  count: number;
  /** Objects in 10⁶ px. */
  densityPerMegapixel: number;
  /** px; NaN where there is no object. */
  meanArea: number;
  totalArea: number;
  /** The part of the image that objects cover. */
  areaFraction: number;
  /** The same in µm² and mm², where a pixel's size was given. */
  physical?: { densityPerMm2: number; meanAreaUm2: number; totalAreaUm2: number };
}

/**
 * How many objects there are, how densely, and how large they are.
 *
 * ```ts
 * const { count, meanArea } = summariseInstances(measureInstances(labels), labels);
 * ```
 *
 * @param size the image's, and that of its pixels
 */
export function summariseInstances(
  objects: Iterable<{ area: number }>,
  { width, height, pixelSize }: { width: number; height: number; pixelSize?: PixelSize },
): InstanceSummary {
  let count = 0;
  let totalArea = 0;
  for (const { area } of objects) [count, totalArea] = [count + 1, totalArea + area];
  const sides = sidesInMicrometres(pixelSize);
  const pixel = sides && sides.x * sides.y;
  return {
    count,
    densityPerMegapixel: (count / (width * height)) * 1e6,
    meanArea: totalArea / count,
    totalArea,
    areaFraction: totalArea / (width * height),
    ...(pixel !== undefined && {
      physical: {
        densityPerMm2: (count / (width * height * pixel)) * 1e6,
        meanAreaUm2: (totalArea / count) * pixel,
        totalAreaUm2: totalArea * pixel,
      },
    }),
  };
}

/** A summary, and of which image, in a table of several. */
export interface InstanceSummaryRow extends InstanceSummary {
  image?: string;
  page?: number;
}

const columns: Record<string, (row: InstanceSummaryRow) => string | number | undefined> = {
  image: ({ image }) => image,
  page: ({ page }) => page,
  count: ({ count }) => count,
  density_per_megapixel: ({ densityPerMegapixel }) => densityPerMegapixel,
  mean_area: ({ meanArea }) => meanArea,
  total_area: ({ totalArea }) => totalArea,
  area_fraction: ({ areaFraction }) => areaFraction,
  density_per_mm2: ({ physical }) => physical?.densityPerMm2,
  mean_area_um2: ({ physical }) => physical?.meanAreaUm2,
  total_area_um2: ({ physical }) => physical?.totalAreaUm2,
};

/** Summaries as a {@link csvTable}, a line for each image; `image`, `page` and those by µm where any has them. */
export function summariesToCsv(rows: readonly InstanceSummaryRow[]): string {
  const optional = /^image$|^page$|_(mm2|um2)$/;
  const names = Object.keys(columns).filter(
    (name) => !optional.test(name) || rows.some((row) => columns[name](row) !== undefined),
  );
  return csvTable(
    names,
    rows.map((row) => names.map((name) => columns[name](row))),
  );
}
