import type { Sample } from "@unet/image";

/** An object with what is around it, to be laid onto another image. */
export interface Cutout {
  width: number;
  height: number;
  /** Grey values, channels interleaved. */
  values: ArrayLike<number>;
  /** 1 on the object, less with every pixel away from it, 0 beyond {@link RIM} px. */
  opacity: Float32Array;
  /** The pixels of the object, `row × width + column`. */
  pixels: number[];
}

/** Pixels around an object over which it is mixed with what is below. */
const RIM = 3;

/**
 * Cuts an object out of a sample, in one of the 8 symmetries of the square. Pixels of other objects are not taken.
 *
 * @param symmetry bits: 1 left and right swapped, 2 up and down, 4 rows and columns
 */
export function cutOut({ image, labels }: Sample, label: number, symmetry: number): Cutout {
  const box = boxOf(labels, label);
  const [width, height] = symmetry & 4 ? [box.height, box.width] : [box.width, box.height];
  const { channels } = image;
  const values = new Float32Array(width * height * channels);
  const own = new Int32Array(width * height);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const [row, column] = symmetry & 4 ? [u, v] : [v, u];
      const y = box.y + (symmetry & 2 ? box.height - 1 - row : row);
      const x = box.x + (symmetry & 1 ? box.width - 1 - column : column);
      const from = y * image.width + x;
      const to = v * width + u;
      own[to] = labels.data[from];
      for (let c = 0; c < channels; c++) values[to * channels + c] = image.data[from * channels + c];
    }
  }
  return { width, height, values, ...opacityOf(own, width, label) };
}

/** The rectangle of an object and its rim, within the image. */
function boxOf({ width, height, data }: Sample["labels"], label: number) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== label) continue;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom, left, right] = [
      Math.min(top, y),
      Math.max(bottom, y),
      Math.min(left, x),
      Math.max(right, x),
    ];
  }
  const [y, x] = [Math.max(top - RIM, 0), Math.max(left - RIM, 0)];
  return {
    x,
    y,
    width: Math.min(right + RIM, width - 1) - x + 1,
    height: Math.min(bottom + RIM, height - 1) - y + 1,
  };
}

/** Opacity falls linearly with the steps (over sides and corners) from the object to a pixel of background. */
function opacityOf(own: Int32Array, width: number, label: number) {
  const opacity = new Float32Array(own.length);
  const pixels: number[] = [];
  for (let i = 0; i < own.length; i++) if (own[i] === label) pixels.push(i);
  for (const pixel of pixels) opacity[pixel] = 1;
  let ring = pixels;
  for (let step = 1; step <= RIM; step++) {
    const next = new Set<number>();
    for (const pixel of ring) {
      for (const neighbour of neighboursOf(pixel, width, own.length)) {
        if (own[neighbour] === 0 && opacity[neighbour] === 0) next.add(neighbour);
      }
    }
    for (const pixel of next) opacity[pixel] = 1 - step / (RIM + 1);
    ring = [...next];
  }
  return { opacity, pixels };
}

function neighboursOf(pixel: number, width: number, size: number): number[] {
  const column = pixel % width;
  const columns = [-1, 0, 1].filter((dx) => column + dx >= 0 && column + dx < width);
  return [-width, 0, width]
    .flatMap((dy) => columns.map((dx) => pixel + dy + dx))
    .filter((each) => each >= 0 && each < size && each !== pixel);
}
