import type { Rect, Size } from "@unet/image";

/** A point in px of the image: pixel (x, y) is the square from (x, y) to (x + 1, y + 1). */
export interface Point {
  x: number;
  y: number;
}

/** Some of the pixels of a rectangle: 1 in `mask` where it holds them. */
export interface Region {
  rect: Rect;
  mask: Uint8Array;
}

/** The pixels whose centre lies within `radius` of a line through the points. */
export function brushRegion(points: readonly Point[], radius: number, size: Size): Region | undefined {
  const region = emptyAround(points, Math.max(radius, 0.5) + 1, size);
  if (!region) return undefined;
  const { rect, mask } = region;
  const reach = Math.max(radius, 0.5);
  for (let i = 0; i < points.length; i++) {
    const from = points[Math.max(0, i - 1)];
    const to = points[i];
    const left = Math.max(rect.x, Math.floor(Math.min(from.x, to.x) - reach));
    const right = Math.min(rect.x + rect.width, Math.ceil(Math.max(from.x, to.x) + reach) + 1);
    const top = Math.max(rect.y, Math.floor(Math.min(from.y, to.y) - reach));
    const bottom = Math.min(rect.y + rect.height, Math.ceil(Math.max(from.y, to.y) + reach) + 1);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        if (distanceToSegment(x + 0.5, y + 0.5, from, to) > reach) continue;
        mask[(y - rect.y) * rect.width + x - rect.x] = 1;
      }
    }
  }
  return region;
}

/** The pixels whose centre lies in the polygon (even-odd rule); its last corner is joined to the first. */
export function polygonRegion(points: readonly Point[], size: Size): Region | undefined {
  if (points.length < 3) return undefined;
  const region = emptyAround(points, 1, size);
  if (!region) return undefined;
  const { rect, mask } = region;
  for (let row = 0; row < rect.height; row++) {
    const y = rect.y + row + 0.5;
    const crossings: number[] = [];
    for (let i = 0; i < points.length; i++) {
      const a = points[i];
      const b = points[(i + 1) % points.length];
      if (a.y > y !== b.y > y) crossings.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i] - 0.5) - rect.x);
      const to = Math.min(rect.width, Math.ceil(crossings[i + 1] - 0.5) - rect.x);
      if (from < to) mask.fill(1, row * rect.width + from, row * rect.width + to);
    }
  }
  return region;
}

function emptyAround(points: readonly Point[], margin: number, { width, height }: Size): Region | undefined {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const x = Math.max(0, Math.floor(left - margin));
  const y = Math.max(0, Math.floor(top - margin));
  const rect = {
    x,
    y,
    width: Math.min(width, Math.ceil(right + margin)) - x,
    height: Math.min(height, Math.ceil(bottom + margin)) - y,
  };
  if (!(rect.width > 0 && rect.height > 0)) return undefined;
  return { rect, mask: new Uint8Array(rect.width * rect.height) };
}

function distanceToSegment(x: number, y: number, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / length;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
}
