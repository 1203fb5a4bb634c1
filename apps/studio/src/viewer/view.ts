import { signal } from "@preact/signals";
import type { Rect, Size } from "@unet/image";
import type { Point } from "../labels/region.js";

/** Which part of the image is seen: the point in the middle, px of the image, and screen pixels a pixel. */
export interface View extends Point {
  scale: number;
}

export const view = signal<View>({ x: 0, y: 0, scale: 1 });
/** Of the picture on the screen, CSS px. */
export const screen = signal<Size>({ width: 1, height: 1 });
/** Of the image in view, px. */
export const imageSize = signal<Size | undefined>(undefined);

/** The whole image, with a little room around it. */
export function fit(): void {
  const size = imageSize.value;
  if (!size) return;
  const { width, height } = screen.value;
  // Room for the tools, which lie at the left, of narrow screens above.
  const [left, top] = width > 560 ? [56, 0] : [0, 52];
  const scale = Math.max(Math.min((width - left - 24) / size.width, (height - top - 24) / size.height), 1e-3);
  view.value = { x: size.width / 2 - left / 2 / scale, y: size.height / 2 - top / 2 / scale, scale };
}

/** Zooms by a factor; the point under `at`, px of the screen, stays where it is. */
export function zoomBy(factor: number, at?: Point): void {
  const { width, height } = screen.value;
  const fixed = at ?? { x: width / 2, y: height / 2 };
  const before = toImage(fixed);
  const size = imageSize.value;
  const least = size ? Math.min(1, 64 / Math.max(size.width, size.height)) : 0.01;
  const scale = Math.min(64, Math.max(least, view.value.scale * factor));
  const x = before.x - (fixed.x - width / 2) / scale;
  const y = before.y - (fixed.y - height / 2) / scale;
  view.value = within({ x, y, scale });
}

/** Moves the picture by px of the screen. */
export function panBy(dx: number, dy: number): void {
  const { x, y, scale } = view.value;
  view.value = within({ x: x - dx / scale, y: y - dy / scale, scale });
}

/** Brings a rectangle of the image into the middle, nearer where it is small. */
export function lookAt(rect: Rect): void {
  const { width, height } = screen.value;
  const near = Math.min(width / (rect.width * 4), height / (rect.height * 4), 12);
  const scale = Math.max(view.value.scale, near);
  view.value = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2, scale };
}

/** The point of the image at a point of the screen. */
export function toImage(at: Point): Point {
  const { x, y, scale } = view.value;
  const { width, height } = screen.value;
  return { x: x + (at.x - width / 2) / scale, y: y + (at.y - height / 2) / scale };
}

/** The point of the screen where a point of the image is. */
export function toScreen(at: Point): Point {
  const { x, y, scale } = view.value;
  const { width, height } = screen.value;
  return { x: (at.x - x) * scale + width / 2, y: (at.y - y) * scale + height / 2 };
}

/** The middle stays on the image, so that it can't be lost. */
function within({ x, y, scale }: View): View {
  const size = imageSize.value;
  if (!size) return { x, y, scale };
  return {
    x: Math.min(Math.max(x, 0), size.width),
    y: Math.min(Math.max(y, 0), size.height),
    scale,
  };
}
