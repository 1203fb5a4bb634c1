import { csvTable } from "./csv-table.js";
import type { InstanceMeasures } from "./measure-instances.js";

/** An object's measures, and where it was found, in a table of several images or pages. */
export interface InstanceRow extends InstanceMeasures {
  image?: string;
  page?: number;
}

type Cell = string | number | undefined;

/** The columns and what stands in them; those of grey values follow. */
const columns: Record<string, (row: InstanceRow) => Cell> = {
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
  perimeter: ({ perimeter }) => perimeter,
  equivalent_diameter_area: ({ equivalentDiameter }) => equivalentDiameter,
  axis_major_length: ({ axisMajorLength }) => axisMajorLength,
  axis_minor_length: ({ axisMinorLength }) => axisMinorLength,
  eccentricity: ({ eccentricity }) => eccentricity,
  orientation: ({ orientation }) => orientation,
  solidity: ({ solidity }) => solidity,
  area_um2: ({ um }) => um?.area,
  centroid_x_um: ({ um }) => um?.centroid.x,
  centroid_y_um: ({ um }) => um?.centroid.y,
  perimeter_um: ({ um }) => um?.perimeter,
  equivalent_diameter_area_um: ({ um }) => um?.equivalentDiameter,
  axis_major_length_um: ({ um }) => um?.axisMajorLength,
  axis_minor_length_um: ({ um }) => um?.axisMinorLength,
};

/**
 * The measures of objects as a {@link csvTable}, a line for each object. Columns are named as in scikit-image's
 * `regionprops_table`, but for the box (`x`, `y`, `width`, `height`) and the centroid (`centroid_x`, `centroid_y`);
 * those in µm and µm² end in `_um` and `_um2`. Grey values are `intensity_mean`, `_min`, `_max` and `_sum`, of several
 * channels `intensity_mean-0` and so on. `image`, `page`, `mean_score`, grey values and µm are columns where any object
 * has them.
 */
export function instancesToCsv(rows: readonly InstanceRow[]): string {
  const channels = rows.reduce((most, { intensity }) => Math.max(most, intensity?.length ?? 0), 0);
  const all = { ...columns, ...intensityColumns(channels) };
  const names = Object.keys(all).filter(
    (name) =>
      !/^(image|page|mean_score|.*_um2?)$/.test(name) || rows.some((row) => all[name](row) !== undefined),
  );
  return csvTable(
    names,
    rows.map((row) => names.map((name) => all[name](row))),
  );
}

function intensityColumns(channels: number): typeof columns {
  const all: typeof columns = {};
  for (let c = 0; c < channels; c++) {
    for (const what of ["mean", "min", "max", "sum"] as const) {
      all[`intensity_${what}${channels > 1 ? `-${c}` : ""}`] = ({ intensity }) => intensity?.[c]?.[what];
    }
  }
  return all;
}
