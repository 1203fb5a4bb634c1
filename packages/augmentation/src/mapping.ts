import type { Rect } from "@unet/image";
import { blockKernel } from "./block-kernel.js";

/**
 * Where each pixel of a tile comes from: y = y₀ + yy·i + yx·j + dy(i, j) and x = x₀ + xy·i + xx·j + dx(i, j) for
 * the pixel of row i and column j.
 */
export interface Mapping {
  readonly affine: Affine;
  readonly displacement: Displacement;
}

/** A map of straight lines to straight lines, see {@link Mapping}. */
export interface Affine {
  readonly y0: number;
  readonly x0: number;
  readonly yy: number;
  readonly yx: number;
  readonly xy: number;
  readonly xx: number;
}

/** Every pixel of a tile from its own place. */
export const identity: Affine = { y0: 0, x0: 0, yy: 1, yx: 0, xy: 0, xx: 1 };

/** The displacements of all pixels of a tile, which need not be in memory together. */
export interface Displacement {
  readonly width: number;
  readonly height: number;
  /** Writes those of the pixels of `block` to the memory of the block kernel. */
  write(block: Rect): void;
}

/** Leaves every pixel where it is. */
export function noDisplacement({ width, height }: { width: number; height: number }): Displacement {
  return {
    width,
    height,
    write(block) {
      for (const axis of blockKernel().displacements) axis.fill(0, 0, block.width * block.height);
    },
  };
}
