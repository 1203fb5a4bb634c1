import { type ImageData, mirrorIndex } from "@unet/image";

/** An image or a label image. */
export interface Source {
  readonly width: number;
  readonly height: number;
  readonly channels?: number;
  readonly data: ImageData | Int32Array;
}

/** A rectangle of the mirrored plane. */
export interface Reach {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** Copies one channel of what the mirrored `source` shows in `reach` to `patch`, row by row. */
export function fillPatch(
  patch: Float32Array | Int32Array,
  { top, left, rows, columns }: Reach,
  { width, height, channels = 1, data }: Source,
  channel: number,
): void {
  const from = new Int32Array(columns);
  for (let x = 0; x < columns; x++) from[x] = mirrorIndex(left + x, width) * channels;
  // what lies inside the source is copied as a whole
  const inside = channels === 1 ? Math.max(0, Math.min(columns, width - left)) : 0;
  const begin = Math.min(Math.max(0, -left), inside);
  for (let y = 0; y < rows; y++) {
    const row = mirrorIndex(top + y, height) * width * channels + channel;
    const to = y * columns;
    if (begin < inside) patch.set(data.subarray(row + left + begin, row + left + inside), to + begin);
    for (let x = 0; x < begin; x++) patch[to + x] = data[row + from[x]];
    for (let x = inside; x < columns; x++) patch[to + x] = data[row + from[x]];
  }
}
