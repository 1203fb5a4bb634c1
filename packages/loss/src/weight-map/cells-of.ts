import { connectedComponents, type LabelImage } from "@unet/image";

/**
 * The cells of a class map, whose borders the weight map stresses: the 4-connected components of each class
 * above 0, numbered from 1 in raster order. `IGNORE` stays.
 */
export function cellsOf(classMap: LabelImage): LabelImage {
  return connectedComponents(classMap, { connectivity: 4 });
}
