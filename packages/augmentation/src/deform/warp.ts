import { assertImage, type Image, type Rect } from "@unet/image";
import { identity } from "./affine.js";
import { blockKernel, type Interpolation } from "./block-kernel.js";
import { copyPart } from "./copy-part.js";
import type { DisplacementField } from "./displacement-field.js";
import { sampleLayers } from "./sample.js";

/**
 * Warps an image by a displacement field: out(y, x) = in(y + dy(y, x), x + dx(y, x)), pixel centres at whole
 * numbers, the image continued by mirroring without repeating its edge.
 *
 * @param field gives the result its size, whatever the image's
 * @param options `interpolation` between pixels: `"bilinear"` (default), `"bicubic"` (Keys, a = −0.5) or
 *   `"nearest"`
 * @throws RangeError where the field's numbers are not finite or `interpolation` is unknown
 */
export function warp(
  image: Image,
  field: DisplacementField,
  { interpolation = "bilinear" }: { interpolation?: Interpolation } = {},
): Image<Float32Array> {
  assertImage(image, "warp");
  assertInterpolation(interpolation, "warp");
  for (const axis of ["dy", "dx"] as const) {
    if (field[axis].length !== field.width * field.height || !field[axis].every(Number.isFinite)) {
      throw new RangeError(
        `warp: field.${axis} must hold ${field.width} × ${field.height} finite numbers; check it for NaN`,
      );
    }
  }
  const { width, height } = field;
  const { channels } = image;
  const data = new Float32Array(width * height * channels);
  const rect = { x: 0, y: 0, width, height };
  const [dy, dx] = blockKernel().displacements;
  const displacement = {
    ...rect,
    write(block: Rect) {
      copyPart({ rect, data: field.dy }, { rect: block, data: dy });
      copyPart({ rect, data: field.dx }, { rect: block, data: dx });
    },
  };
  sampleLayers({ affine: identity, displacement }, [{ source: image, interpolation, rect, data }]);
  return { width, height, channels, data };
}

/** @throws RangeError where `interpolation` is unknown */
export function assertInterpolation(interpolation: string, where: string): void {
  if (!["nearest", "bilinear", "bicubic"].includes(interpolation)) {
    throw new RangeError(
      `${where}: interpolation must be "nearest", "bilinear" or "bicubic", got "${interpolation}"`,
    );
  }
}
