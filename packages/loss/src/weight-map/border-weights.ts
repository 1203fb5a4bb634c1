import { assertLabels, IGNORE, type Image, type LabelImage } from "@unet/image";
import { balancedClassWeights, countClasses } from "./class-weights.js";
import { twoNearestDistances } from "./two-nearest-distances.js";

/** Options of {@link weightMap}. */
export interface WeightMapOptions {
  /** `"paper"` (default), or `"fiji"`: the formula of the authors' later plugin. */
  preset?: "paper" | "fiji";
  /** Height of the border term. Default 10; 50 for `"fiji"`. */
  w0?: number;
  /** Width of the border term, px. Default 5; 6 for `"fiji"`. */
  sigma?: number;
  /** w_c of each class; default `"balanced"`: over this image. For a data set see `balancedClassWeights`. */
  classWeights?: "balanced" | readonly number[];
  /** The class of each pixel, where it isn't just cell 1 and background 0. */
  classes?: LabelImage;
}

/**
 * How much each pixel counts in the loss (paper, section 3, equation 2):
 *
 * w(x) = w_c(x) + w₀ · exp(−(d₁(x) + d₂(x))² / (2σ²))
 *
 * with w_c the weight of the pixel's class and d₁, d₂ the distances to the nearest and second nearest cell.
 * The border term stands on background pixels only, and only where there are two cells or more. `IGNORE`
 * pixels, of `cells` or of `classes`, weigh 0. Labels are taken as they are: separate touching cells first
 * (`separateTouching`); of a class map, give the connected components and itself as `classes`.
 *
 * Preset `"fiji"`: 1 on cells; on background v + w₀ · exp(−(d₁ + d₂)² / (2σ²)) + (1 − v) · exp(−d₁² / (2 · 10²))
 * with v = 0.1.
 *
 * @param cells an instance map
 * @returns one float channel of the same size
 * @throws RangeError where `classes` has another size, a class has no weight, `sigma` is not positive or
 *   `w0` is negative
 */
export function weightMap(cells: LabelImage, options: WeightMapOptions = {}): Image<Float32Array> {
  assertLabels(cells, "weightMap");
  const { preset = "paper", classes } = options;
  if (preset !== "paper" && preset !== "fiji") {
    throw new RangeError(`weightMap: preset must be "paper" or "fiji", got "${preset}"`);
  }
  const fiji = preset === "fiji";
  const { w0 = fiji ? 50 : 10, sigma = fiji ? 6 : 5 } = options;
  if (!(sigma > 0))
    throw new RangeError(`weightMap: sigma must be a positive number of pixels, got ${sigma}`);
  if (!(w0 >= 0)) throw new RangeError(`weightMap: w0 must be 0 or a positive number, got ${w0}`);
  if (fiji && options.classWeights) {
    throw new RangeError(`weightMap: preset "fiji" has weights of its own; leave out classWeights`);
  }
  const { width, height } = cells;
  const labels = classes ?? { width, height, data: cells.data.map((label) => Math.min(label, 1)) };
  assertLabels(labels, "weightMap");
  if (labels.width !== width || labels.height !== height) {
    throw new RangeError(
      `weightMap: classes must be as large as cells, ${width} × ${height}, got ${labels.width} × ${labels.height}`,
    );
  }
  const base = fiji ? undefined : weightsOf(labels, options.classWeights);
  const data = new Float32Array(width * height);
  const { first, second } = twoNearestDistances(cells);
  const border = -1 / (2 * sigma * sigma);
  for (let i = 0; i < data.length; i++) {
    if (cells.data[i] === IGNORE || labels.data[i] === IGNORE) continue;
    const background = cells.data[i] === 0;
    let weight = base ? base[labels.data[i]] : background ? backgroundWeight(first[i]) : 1;
    if (background) weight += w0 * Math.exp(border * (first[i] + second[i]) ** 2);
    data[i] = weight;
  }
  return { width, height, channels: 1, data };
}

function weightsOf(
  classes: LabelImage,
  classWeights: WeightMapOptions["classWeights"] = "balanced",
): readonly number[] {
  let count = classWeights.length;
  if (classWeights === "balanced") {
    count = 1;
    for (const label of classes.data) if (label >= count) count = label + 1;
    return balancedClassWeights(countClasses(classes, count));
  }
  for (const label of classes.data) {
    if (label !== IGNORE && !(Number(classWeights[label]) >= 0)) {
      throw new RangeError(
        `weightMap: classWeights must have a number of 0 or more for each class; class ${label} has ${classWeights[label]}`,
      );
    }
  }
  return classWeights as readonly number[];
}

/** The authors' later weight of background at distance `d` of a cell: high beside cells, v far away. */
function backgroundWeight(d: number): number {
  const v = 0.1;
  return v + (1 - v) * Math.exp((-d * d) / (2 * 10 * 10));
}
