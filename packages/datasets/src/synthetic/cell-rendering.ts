import { normal as normalFrom } from "@unet/image";
import type { Cell, CellField } from "./cell-layout.js";
import { blur, bump, expose } from "./optics.js";
import { smoothNoise } from "./smooth-noise.js";

/** What a renderer is given. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly Cell[];
  readonly field: CellField;
}

/**
 * Phase contrast: the inside of a cell is as grey as the medium around it; what shows the cell is its
 * texture, a dark rim, the bright halo outside and a thin bright line where two cells touch. Light is uneven
 * over the field, debris floats in the medium, the objective blurs and the camera adds noise.
 */
export function renderPhaseContrast(scene: Scene, uniform: () => number): Uint8Array<ArrayBuffer> {
  const { width, height, cells, field } = scene;
  const { labels, outline, contact } = field;
  const normal = normalFrom(uniform);
  const cytoplasm = smoothNoise(width, height, 3.2, normal);
  const folds = smoothNoise(width, height, 8, normal);
  const medium = smoothNoise(width, height, 20, normal);
  const halo = 0.2 + 0.08 * uniform();
  const rim = 0.2 + 0.06 * uniform();
  const shades = cells.map(() => 0.012 + 0.03 * normal());

  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const label = labels[i];
    if (label === 0) {
      plane[i] = 0.47 + halo * Math.exp(outline[i] / 3.5) + 0.012 * medium[i];
    } else {
      const edge = Math.min(outline[i], contact[i]);
      const grain = Math.min(1, edge / 4) * (0.045 * cytoplasm[i] + 0.035 * folds[i]);
      plane[i] =
        0.47 + shades[label - 1] + grain - rim * bump(edge - 1.7, 1.3) + 1.3 * halo * bump(contact[i], 0.8);
    }
  }
  for (const cell of cells) drawNucleus(plane, scene, cell, uniform);
  drawDebris(plane, width, height, uniform);

  const light = unevenLight(width, height, 0.16, uniform, normal);
  for (let i = 0; i < plane.length; i++) plane[i] *= light[i];
  return expose(blur(plane, width, height, 0.75 + 0.35 * uniform()), {
    photons: 700 + 600 * uniform(),
    readNoise: 0.012,
    normal,
  });
}

/**
 * Fluorescence: cells shine on a dark, uneven background, each with its own strength of staining, so that
 * the faintest are darker than the haze around the brightest; out-of-focus light spreads between them.
 */
export function renderFluorescence(scene: Scene, uniform: () => number): Uint8Array<ArrayBuffer> {
  const { width, height, cells, field } = scene;
  const { labels, outline, contact } = field;
  const normal = normalFrom(uniform);
  const chromatin = smoothNoise(width, height, 3.5, normal);
  const folds = smoothNoise(width, height, 9, normal);
  const haze = smoothNoise(width, height, 60, normal);
  const stains = cells.map(() => 0.3 * Math.exp(0.45 * normal()));

  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    const edge = Math.min(outline[i], contact[i]);
    const thickness = 0.35 + 0.65 * (1 - Math.exp(-edge / 3));
    plane[i] = stains[label - 1] * thickness * (1 + 0.14 * chromatin[i] + 0.12 * folds[i]);
  }
  const glow = blur(plane, width, height, 9);
  const light = unevenLight(width, height, 0.15, uniform, normal);
  for (let i = 0; i < plane.length; i++) {
    plane[i] = light[i] * (0.09 + 0.025 * haze[i] + 0.85 * plane[i] + 0.22 * glow[i]);
  }
  return expose(blur(plane, width, height, 0.9 + 0.4 * uniform()), {
    photons: 250 + 200 * uniform(),
    readNoise: 0.012,
    normal,
  });
}

/** A nucleus with a faint envelope and one to three nucleoli, and granules around it. */
function drawNucleus(plane: Float32Array, scene: Scene, cell: Cell, uniform: () => number): void {
  const { width, height, field } = scene;
  const angle = 2 * Math.PI * uniform();
  const x = cell.x + 0.18 * cell.size * Math.cos(angle);
  const y = cell.y + 0.18 * cell.size * Math.sin(angle);
  const radius = cell.size * (0.36 + 0.1 * uniform());
  const stretch = 1 + 0.25 * uniform();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(radius * stretch + 4);
  for (let v = Math.max(0, Math.floor(y - reach)); v < Math.min(height, y + reach); v++) {
    for (let u = Math.max(0, Math.floor(x - reach)); u < Math.min(width, x + reach); u++) {
      const along = ((u - x) * cos + (v - y) * sin) / stretch;
      const across = ((v - y) * cos - (u - x) * sin) * stretch;
      const edge = radius - Math.hypot(along, across);
      if (edge < -4 || field.outline[v * width + u] < 2) continue;
      plane[v * width + u] += 0.05 / (1 + Math.exp(-1.5 * edge)) - 0.075 * bump(edge, 1);
    }
  }
  const nucleoli = 1 + Math.floor(2.5 * uniform());
  for (let k = 0; k < nucleoli; k++) {
    const [turn, far] = [2 * Math.PI * uniform(), 0.55 * radius * uniform()];
    drawSpot(plane, scene, x + far * Math.cos(turn), y + far * Math.sin(turn), 1.3, -0.16);
  }
  const granules = Math.round((cell.size * cell.size) / 22);
  for (let k = 0; k < granules; k++) {
    const [turn, far] = [2 * Math.PI * uniform(), cell.size * (0.5 + 0.32 * uniform())];
    const strength = uniform() < 0.5 ? -0.1 : 0.12;
    drawSpot(plane, scene, cell.x + far * Math.cos(turn), cell.y + far * Math.sin(turn), 0.9, strength);
  }
}

/** A Gaussian spot, only where a cell is. */
function drawSpot(
  plane: Float32Array,
  { width, height, field }: Scene,
  x: number,
  y: number,
  deviation: number,
  strength: number,
): void {
  const reach = 3 * deviation;
  for (let v = Math.max(0, Math.ceil(y - reach)); v < Math.min(height, y + reach); v++) {
    for (let u = Math.max(0, Math.ceil(x - reach)); u < Math.min(width, x + reach); u++) {
      if (field.outline[v * width + u] < 1) continue;
      plane[v * width + u] += strength * bump(Math.hypot(u - x, v - y), deviation);
    }
  }
}

/** Small bright bodies with dark rings, about four on 256 × 256 px. */
function drawDebris(plane: Float32Array, width: number, height: number, uniform: () => number): void {
  const count = Math.round((width * height * (2 + 4 * uniform())) / 65536);
  for (let k = 0; k < count; k++) {
    const [x, y, radius] = [uniform() * width, uniform() * height, 1 + 1.6 * uniform()];
    const reach = 3 * radius + 3;
    for (let v = Math.max(0, Math.ceil(y - reach)); v < Math.min(height, y + reach); v++) {
      for (let u = Math.max(0, Math.ceil(x - reach)); u < Math.min(width, x + reach); u++) {
        const distance = Math.hypot(u - x, v - y);
        plane[v * width + u] +=
          0.3 * bump(distance, radius) - 0.16 * bump(distance - 2 * radius, 0.6 * radius);
      }
    }
  }
}

/** A gain around 1: a slope across the field, a fall towards its edge, and a slow unevenness. */
function unevenLight(
  width: number,
  height: number,
  strength: number,
  uniform: () => number,
  normal: () => number,
): Float32Array {
  const light = smoothNoise(width, height, Math.max(width, height) / 2.5, normal);
  const angle = 2 * Math.PI * uniform();
  const slopeX = (2 * strength * Math.cos(angle)) / width;
  const slopeY = (2 * strength * Math.sin(angle)) / height;
  for (let y = 0; y < height; y++) {
    const v = y - height / 2;
    for (let x = 0; x < width; x++) {
      const u = x - width / 2;
      const corner = (u * u) / (width * width) + (v * v) / (height * height);
      const i = y * width + x;
      light[i] = 1 + 0.45 * strength * light[i] + slopeX * u + slopeY * v - 0.8 * strength * (corner - 1 / 6);
    }
  }
  return light;
}
