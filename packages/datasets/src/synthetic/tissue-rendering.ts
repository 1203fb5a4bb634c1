import { normal as normalFrom } from "@unet/image";
import { blur, bump, expose } from "./optics.js";
import { smoothNoise } from "./smooth-noise.js";
import type { Tissue } from "./tissue-layout.js";

/**
 * Transmission electron microscopy of stained tissue: dark membranes, of uneven strength because some are
 * cut obliquely, around grey cytoplasm of a shade of its own in each cell, with mitochondria, vesicles and
 * dark densities that are no membranes.
 *
 * @param thickness half a membrane's width, px
 */
export function renderTissue(
  tissue: Tissue,
  { width, height, thickness }: { width: number; height: number; thickness: number },
  uniform: () => number,
): Uint8Array<ArrayBuffer> {
  const { cells, distance, count } = tissue;
  const normal = normalFrom(uniform);
  const fibres = smoothNoise(width, height, 2.6, normal);
  const clouds = smoothNoise(width, height, 9, normal);
  const stain = smoothNoise(width, height, 16, normal);
  const shades = Float32Array.from({ length: count }, () => 0.64 + 0.055 * normal());

  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const spread = thickness * (0.85 + 0.14 * stain[i]);
    const dark = 0.44 - 0.05 * stain[i];
    plane[i] =
      shades[cells[i]] +
      0.055 * fibres[i] +
      0.03 * clouds[i] -
      dark * bump(distance[i], Math.max(spread, 0.8));
  }
  const organelles = Math.round((width * height) / 1500);
  for (let k = 0; k < organelles; k++) {
    const [x, y] = [Math.floor(uniform() * width), Math.floor(uniform() * height)];
    const room = distance[y * width + x] - thickness;
    if (room > 7 && uniform() < 0.7) drawMitochondrion(plane, tissue, { width, height, x, y, room }, uniform);
    else drawVesicles(plane, tissue, { width, height, x, y, room }, uniform);
  }
  return expose(blur(plane, width, height, 0.75 + 0.2 * uniform()), {
    photons: 420,
    readNoise: 0.02,
    normal,
  });
}

interface Place {
  width: number;
  height: number;
  x: number;
  y: number;
  /** Distance to the membrane's edge, px. */
  room: number;
}

/** A dark oval with a darker envelope and lighter and darker folds across it. */
function drawMitochondrion(
  plane: Float32Array,
  { distance }: Tissue,
  { width, height, x, y, room }: Place,
  uniform: () => number,
): void {
  const radius = Math.min(13, room * (0.65 + 0.3 * uniform()));
  const stretch = 1 + 0.35 * uniform();
  const angle = 2 * Math.PI * uniform();
  const [cos, sin, phase] = [Math.cos(angle), Math.sin(angle), 6 * uniform()];
  const reach = Math.ceil(radius * stretch) + 3;
  for (let v = Math.max(0, y - reach); v < Math.min(height, y + reach); v++) {
    for (let u = Math.max(0, x - reach); u < Math.min(width, x + reach); u++) {
      const along = ((u - x) * cos + (v - y) * sin) / stretch;
      const across = ((v - y) * cos - (u - x) * sin) * stretch;
      const edge = Math.min(radius - Math.hypot(along, across), distance[v * width + u] - 3);
      const inside = 1 / (1 + Math.exp(-2 * edge));
      const folds = 0.07 * Math.sin(1.5 * along + 0.35 * across + phase);
      plane[v * width + u] += inside * (folds - 0.2) - 0.2 * bump(edge, 1);
    }
  }
}

/** A handful of small light bodies with dark coats; now and then one filled dark. */
function drawVesicles(
  plane: Float32Array,
  { distance }: Tissue,
  { width, height, x, y, room }: Place,
  uniform: () => number,
): void {
  const count = 2 + Math.floor(6 * uniform());
  for (let k = 0; k < count; k++) {
    const cx = x + (uniform() - 0.5) * (8 + 1.4 * Math.max(room, 0));
    const cy = y + (uniform() - 0.5) * (8 + 1.4 * Math.max(room, 0));
    const radius = 1.6 + 0.8 * uniform();
    const filling = uniform() < 0.15 ? -0.3 : 0.06;
    for (let v = Math.max(0, Math.ceil(cy - 6)); v < Math.min(height, cy + 6); v++) {
      for (let u = Math.max(0, Math.ceil(cx - 6)); u < Math.min(width, cx + 6); u++) {
        if (distance[v * width + u] < 4) continue;
        const away = Math.hypot(u - cx, v - cy);
        plane[v * width + u] += filling * bump(away, 0.6 * radius) - 0.22 * bump(away - radius, 0.8);
      }
    }
  }
}
