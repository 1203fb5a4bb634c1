import type { Rect } from "@unet/image";
import type { Affine } from "./affine.js";
import { blockKernel } from "./block-kernel.js";

/**
 * Where each pixel of a tile comes from: y = y₀ + yy·i + yx·j + dy(i, j) and x = x₀ + xy·i + xx·j + dx(i, j) for
 * the pixel of row i and column j.
 */
export interface Mapping {
  readonly affine: Affine;
  readonly displacement: Displacement;
}

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
