import { type CutTileOptions, cutTile, type DeformedTile } from "@unet/augmentation";
import type { Image, LabelImage } from "@unet/image";
import { type Colour, drawOutlines, toGrey } from "@unet/image/picture";

/** How the pictures of a sheet's tiles are drawn, all alike. */
export interface TileStyle {
  /** Grey values that become black and white. */
  low: number;
  high: number;
  /** Px between the lines of the grid in the sample, and how thick they are. */
  gridStep: number;
  thickness: number;
}

const GRID: Colour = [20, 120, 255];
const BORDER: Colour = [255, 140, 0];

/**
 * A tile as the network gets it: the sample's pixels, dark where the network only looks and bright where it learns,
 * there with the outlines of the classes. Over it a regular grid of the sample in blue and the sample's border in
 * orange, beyond which it is mirrored, both deformed as the tile is.
 *
 * @param sample size of what the tile was cut from
 * @param options what it was cut with
 */
export function drawTile(
  tile: DeformedTile,
  sample: { width: number; height: number },
  options: CutTileOptions,
  { low, high, gridStep, thickness }: TileStyle,
): Image<Uint8Array> {
  const picture = withLabels(toGrey(tile.image, { low, high }), tile.labels);
  const lines = cutTile(linesOf(sample, gridStep, thickness), { ...options, greyValues: false }).image.data;
  for (let i = 0; i < lines.length / 2; i++) {
    blend(picture, i, GRID, 0.55 * lines[2 * i]);
    blend(picture, i, BORDER, lines[2 * i + 1]);
  }
  return picture;
}

/** Dims the margin and what is ignored, and draws outlines in the rest. */
function withLabels(picture: Image<Uint8Array>, labels: LabelImage): Image<Uint8Array> {
  const { width, height } = labels;
  const black = { width, height, channels: 3, data: new Uint8Array(3 * width * height) };
  const outlines = drawOutlines(black, labels);
  const data = picture.data.map((value) => 0.5 * value);
  const left = (picture.width - width) / 2;
  const top = (picture.height - height) / 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (labels.data[y * width + x] < 0) continue;
      const from = 3 * (y * width + x);
      const to = 3 * ((top + y) * picture.width + left + x);
      const outline = outlines.data.subarray(from, from + 3);
      const outlined = outline[0] + outline[1] + outline[2] > 0;
      data.set(outlined ? outline : picture.data.subarray(to, to + 3), to);
    }
  }
  return { ...picture, data };
}

/** A sample whose two channels are 1 on the lines of the grid, and on the border. */
function linesOf(size: { width: number; height: number }, step: number, thickness: number) {
  const { width, height } = size;
  const half = thickness >> 1;
  const data = new Float32Array(2 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * (y * width + x);
      if ((x + half) % step < thickness || (y + half) % step < thickness) data[at] = 1;
      // the mirror shows it twice, but for the outermost pixel
      if (Math.min(x, y, width - 1 - x, height - 1 - y) <= half) data[at + 1] = 1;
    }
  }
  const labels = { width, height, data: new Int32Array(width * height) };
  return { image: { width, height, channels: 2, data }, labels };
}

function blend({ data }: Image<Uint8Array>, pixel: number, colour: Colour, share: number): void {
  if (share <= 0) return;
  for (let c = 0; c < 3; c++) data[3 * pixel + c] += share * (colour[c] - data[3 * pixel + c]);
}
