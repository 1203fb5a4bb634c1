import { blockKernel } from "./block-kernel.js";
import { blocksOf } from "./blocks-of.js";
import { copyPart } from "./copy-part.js";
import { type ControlGrid, gridDisplacement } from "./grid-displacement.js";

/** A displacement in px for each pixel, row-major: out(y, x) = in(y + dy(y, x), x + dx(y, x)). */
export interface DisplacementField {
  readonly width: number;
  readonly height: number;
  readonly dy: Float32Array;
  readonly dx: Float32Array;
}

/** Options of {@link displacementField}. */
export interface DisplacementFieldOptions {
  /**
   * How displacements go on between the nodes, both through them and mirrored beyond the grid: `"bicubic"`
   * (default), cubic convolution with a = −0.5 (Keys 1981); `"bspline"`, the interpolating cubic spline.
   */
  interpolation?: "bicubic" | "bspline";
}

/**
 * The smooth displacement field of the paper's elastic deformation (section 3.1): a coarse grid of displacement
 * vectors, bicubic in between. The grid spans the field, its corner nodes on the corner pixels.
 *
 * @param control at least 1 × 1 nodes; a line of one node is constant
 * @param size of the field, px
 * @throws RangeError where `control` doesn't hold rows × columns finite numbers, `size` isn't of whole pixels or
 *   `interpolation` is unknown
 */
export function displacementField(
  control: ControlGrid,
  { width, height }: { width: number; height: number },
  { interpolation = "bicubic" }: DisplacementFieldOptions = {},
): DisplacementField {
  const rect = { x: 0, y: 0, width, height };
  const displacement = gridDisplacement(control, rect, interpolation);
  const field = { width, height, dy: new Float32Array(width * height), dx: new Float32Array(width * height) };
  const [dy, dx] = blockKernel().displacements;
  for (const block of blocksOf(rect)) {
    displacement.write(block);
    copyPart({ rect: block, data: dy }, { rect, data: field.dy });
    copyPart({ rect: block, data: dx }, { rect, data: field.dx });
  }
  return field;
}
