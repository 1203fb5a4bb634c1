import { randomAt } from "@unet/image";

/**
 * A random centre for a tile, `[y, x]` in whole pixels: uniform over one period of the mirrored plane,
 * 2(height − 1) × 2(width − 1) px. However a tile is then turned and deformed, every pixel of the image is
 * expected in it equally often, borders and corners too; the outermost rows and columns, which the mirror
 * doesn't repeat, half as often (corners a quarter).
 *
 * @param options the same `seed` and `index` give the same centre
 */
export function drawCentre(
  { width, height }: { width: number; height: number },
  { seed, index }: { seed: number; index: number },
): [y: number, x: number] {
  const random = randomAt(seed, "tile centre", index);
  const draw = (size: number) => Math.floor(random() * Math.max(1, 2 * (size - 1)));
  return [draw(height), draw(width)];
}
