import type { Rect } from "@unet/image";

/** A rectangle of a tile, row by row, of which one channel is meant where they are interleaved. */
export interface Part {
  readonly rect: Rect;
  readonly data: Float32Array | Int32Array;
  readonly channels?: number;
  readonly channel?: number;
}

/** Copies to `to` what lies in `from` too, which has one channel. */
export function copyPart(from: Part, { rect, data, channels = 1, channel = 0 }: Part): void {
  const { x, y, width, height } = overlap(from.rect, rect);
  for (let row = y; row < y + height; row++) {
    const start = indexIn(from.rect, row, x);
    const to = indexIn(rect, row, x) * channels + channel;
    if (channels === 1) data.set(from.data.subarray(start, start + width), to);
    else for (let i = 0; i < width; i++) data[to + i * channels] = from.data[start + i];
  }
}

/** What two rectangles share; of no width or height, or less, where that is nothing. */
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
