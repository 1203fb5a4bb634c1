import type { LabelImage } from "@unet/image";

/** Which part of the pixels at borders is in thin lines where the edges are ragged. */
const RAGGED = 0.3;

/**
 * Whether borders between labels are ramps of other labels, as interpolation and JPEG leave them: of the
 * foreground pixels at a border, many differ from the neighbours on both sides. In good masks only tips do.
 */
export function hasRaggedEdges({ width, height, data }: LabelImage): boolean {
  let [borders, thin] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const label = data[i];
      if (label <= 0) continue;
      const [left, right] = [data[i - 1] !== label, data[i + 1] !== label];
      const [up, down] = [data[i - width] !== label, data[i + width] !== label];
      if (left || right || up || down) borders++;
      if ((left && right) || (up && down)) thin++;
    }
  }
  return thin > RAGGED * borders;
}
