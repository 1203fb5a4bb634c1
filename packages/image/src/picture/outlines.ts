import { assertLabels, type Image, type LabelImage } from "../image.js";
import { type Colour, labelColour } from "./colour-labels.js";
import { toGrey } from "./grey.js";

/**
 * The image as {@link toGrey} shows it with the inner border of each object in `colour`; default: each in
 * its own of `colourLabels`.
 *
 * @throws RangeError where image and labels are of different sizes
 */
export function drawOutlines(
  image: Image,
  labels: LabelImage,
  { colour }: { colour?: Colour } = {},
): Image<Uint8Array> {
  assertLabels(labels, "drawOutlines");
  const { width, height, data } = labels;
  if (image.width !== width || image.height !== height) {
    throw new RangeError(
      `drawOutlines: the image is ${image.width} × ${image.height} and the labels ${width} × ${height}; they must be of one size`,
    );
  }
  const picture = toGrey(image);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i];
      if (label <= 0) continue;
      const inside =
        (x === 0 || data[i - 1] === label) &&
        (x === width - 1 || data[i + 1] === label) &&
        (y === 0 || data[i - width] === label) &&
        (y === height - 1 || data[i + width] === label);
      if (!inside) picture.data.set(colour ?? labelColour(label), 3 * i);
    }
  }
  return picture;
}
