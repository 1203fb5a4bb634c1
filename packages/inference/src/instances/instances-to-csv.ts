import { csvTable } from "./csv-table.js";
import type { InstanceMeasures } from "./measure-instances.js";

/** An object's measures, and where it was found, in a table of several images or pages. */
export interface InstanceRow extends InstanceMeasures {
  image?: string;
  page?: number;
}

/** The columns and what stands in them. */
const columns: Record<string, (row: InstanceRow) => string | number | undefined> = {
  image: ({ image }) => image,
  page: ({ page }) => page,
  label: ({ label }) => label,
  area: ({ area }) => area,
  x: ({ boundingBox }) => boundingBox.x,
  y: ({ boundingBox }) => boundingBox.y,
  width: ({ boundingBox }) => boundingBox.width,
  height: ({ boundingBox }) => boundingBox.height,
  centroid_x: ({ centroid }) => centroid.x,
  centroid_y: ({ centroid }) => centroid.y,
  mean_score: ({ meanScore }) => meanScore,
};
const optional = ["image", "page", "mean_score"];

/**
 * The measures of objects as a {@link csvTable}, a line for each object. `image`, `page` and
 * `mean_score` are columns where any object has them.
 */
export function instancesToCsv(rows: readonly InstanceRow[]): string {
  const names = Object.keys(columns).filter(
    (name) => !optional.includes(name) || rows.some((row) => columns[name](row) !== undefined),
  );
  return csvTable(
    names,
    rows.map((row) => names.map((name) => columns[name](row))),
  );
}
