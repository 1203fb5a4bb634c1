import type { Rect } from "@unet/image";
import { BLOCK_SIDE } from "./block-kernel.js";

/** The blocks that a tile is computed in, each small enough for the block kernel. */
export function blocksOf({ width, height }: { width: number; height: number }): Rect[] {
  const blocks: Rect[] = [];
  for (let y = 0; y < height; y += BLOCK_SIDE) {
    for (let x = 0; x < width; x += BLOCK_SIDE) {
      blocks.push({ x, y, width: Math.min(BLOCK_SIDE, width - x), height: Math.min(BLOCK_SIDE, height - y) });
    }
  }
  return blocks;
}
