/**
 * An image as plain numbers: row-major, channels interleaved, so the value of channel `c` at row `y`,
 * column `x` is `data[(y * width + x) * channels + c]`.
 */
export interface Image<Data extends ImageData = ImageData> {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Data;
}

/** The number types an {@link Image} may hold. 32-bit integers are read as float. */
export type ImageData = Uint8Array | Uint16Array | Float32Array;

/**
 * One integer a pixel, row-major: a class map (0 … classes − 1) or an instance map (0 is background,
 * each object has its own positive number). {@link IGNORE} marks pixels that nobody annotated.
 */
export interface LabelImage {
  readonly width: number;
  readonly height: number;
  readonly data: Int32Array;
}

/** The label of a pixel that has no truth: weight 0, left out of class frequencies and of measures. */
export const IGNORE = -1;

/**
 * What the numbers of a label image mean: `"classes"`, the class of each pixel; `"instances"`, the number of the object
 * that it belongs to.
 */
export type LabelKind = "classes" | "instances";

/** One annotated image of a data set. */
export interface Sample {
  readonly name: string;
  readonly image: Image;
  readonly labels: LabelImage;
  readonly kind: LabelKind;
}

/** A rectangle of pixels; `x` and `y` may be negative where a tile's input lies outside its image. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Throws where `image` is not an {@link Image}: sizes that are not positive integers, data of another length
 * than `width × height × channels` or of another number type.
 *
 * @param where the function that was given the image, for the message
 * @throws RangeError that names the sizes
 * @throws TypeError that names the number type
 */
export function assertImage(image: Image, where: string): void {
  const { width, height, channels, data } = image;
  if (!isCount(width) || !isCount(height) || !isCount(channels)) {
    throw new RangeError(
      `${where}: an image needs width, height and channels of at least 1, got ${width} × ${height} × ${channels}`,
    );
  }
  if (!(data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array)) {
    throw new TypeError(
      `${where}: image data must be a Uint8Array, Uint16Array or Float32Array, got ${typeName(data)}`,
    );
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `${where}: image data has ${data.length} values, but ${width} × ${height} × ${channels} makes ${width * height * channels}`,
    );
  }
}

/**
 * Throws where `labels` is not a {@link LabelImage}.
 *
 * @param where the function that was given the labels, for the message
 * @throws RangeError that names the sizes
 */
export function assertLabels(labels: LabelImage, where: string): void {
  const { width, height, data } = labels;
  if (!isCount(width) || !isCount(height)) {
    throw new RangeError(
      `${where}: a label image needs width and height of at least 1, got ${width} × ${height}`,
    );
  }
  if (data.length !== width * height) {
    throw new RangeError(
      `${where}: label data has ${data.length} values, but ${width} × ${height} makes ${width * height}`,
    );
  }
}

function typeName(value: unknown): string {
  return (value as object | null | undefined)?.constructor?.name ?? String(value);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
