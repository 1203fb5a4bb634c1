import type { Rect } from "@unet/image";

/** One channel of a rectangle of a tile, row by row. */
export interface Part {
  readonly rect: Rect;
  readonly data: Float32Array | Int32Array;
  /** How many channels are interleaved in `data`, and which is the one; default 1 and 0. */
  readonly channels?: number;
  readonly channel?: number;
}

/** Copies the overlap of two rectangles from `from`, which has one channel, into the channel of the other. */
export function copyPart(from: Part, { rect, data, channels = 1, channel = 0 }: Part): void {
  const { x, y, width, height } = overlap(from.rect, rect);
  for (let row = y; row < y + height; row++) {
    const start = indexIn(from.rect, row, x);
    const to = indexIn(rect, row, x) * channels + channel;
    if (channels === 1) data.set(from.data.subarray(start, start + width), to);
    else for (let i = 0; i < width; i++) data[to + i * channels] = from.data[start + i];
  }
}

/** The overlap of two rectangles; its width or height is 0 or negative where they don't overlap. */
export function overlap(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return { x, y, width, height };
}

function indexIn(rect: Rect, y: number, x: number): number {
  return (y - rect.y) * rect.width + x - rect.x;
}
