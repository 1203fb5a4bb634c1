/** A cell's outline: star-shaped around its centre, `radii[k]` px at the angle 2πk / radii.length. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  /** The radius of the disc of the same area, px. */
  readonly size: number;
  readonly radii: Float32Array;
}

/** Where each pixel lies with respect to the cells. */
export interface CellField {
  readonly labels: Int32Array;
  /** Signed distance to the nearest cell's own outline, px: positive inside, negative outside, at most 14. */
  readonly outline: Float32Array;
  /** Distance to the border with the next cell, px; 14 where no other cell is near. */
  readonly contact: Float32Array;
}

/** How far around a cell its field is known, px. */
const REACH = 14;

const ANGLES = 128;

/**
 * Lays out smoothly deformed, lobed cells in clusters until they cover the wanted part of the image. Most
 * new cells are pressed against one that is there: their outlines overlap by a few pixels, and
 * {@link cellField} flattens the overlap to a common border.
 */
export function layOutCells(
  width: number,
  height: number,
  options: { diameter: readonly [number, number]; coverage: number; clustering: number },
  uniform: () => number,
): Cell[] {
  const { diameter, coverage, clustering } = options;
  const cells: Cell[] = [];
  let missing = coverage * width * height;
  for (let attempt = 0, patience = 60; attempt < patience && missing > 0; attempt++) {
    const size = (diameter[0] + (diameter[1] - diameter[0]) * uniform()) / 2;
    const radii = outline(size, uniform);
    const place =
      cells.length > 0 && uniform() < clustering
        ? beside(cells[Math.floor(uniform() * cells.length)], radii, uniform)
        : { x: uniform() * width, y: uniform() * height };
    const cell = { ...place, size, radii };
    const inside = cell.x >= 0 && cell.y >= 0 && cell.x < width && cell.y < height;
    if (!inside || cells.some((other) => overlap(cell, other) > PRESSED)) continue;
    cells.push(cell);
    missing -= Math.PI * size * size;
    patience = attempt + 60;
  }
  return cells;
}

/** By how many px two outlines may overlap at most. */
const PRESSED = 4;

function outline(size: number, uniform: () => number): Float32Array {
  const stretch = 1 + 0.4 * uniform();
  const tilt = 2 * Math.PI * uniform();
  const lobes = [2, 3, 4, 5].map((waves) => ({
    waves,
    amplitude: (0.22 * (uniform() - 0.5)) / (waves - 1),
    phase: 2 * Math.PI * uniform(),
  }));
  return Float32Array.from({ length: ANGLES }, (_, k) => {
    const angle = (2 * Math.PI * k) / ANGLES;
    const along = Math.cos(angle - tilt) / stretch;
    const across = Math.sin(angle - tilt) * stretch;
    let radius = size / Math.hypot(along, across);
    for (const { waves, amplitude, phase } of lobes)
      radius *= 1 + amplitude * Math.cos(waves * angle + phase);
    return radius;
  });
}

/** A centre from which the new outline presses a little into the neighbour's, in a random direction. */
function beside(neighbour: Cell, radii: Float32Array, uniform: () => number): { x: number; y: number } {
  const angle = 2 * Math.PI * uniform();
  const pressed = 1 + (PRESSED - 1.5) * uniform();
  const distance = radiusAt(neighbour.radii, angle) + radiusAt(radii, angle + Math.PI) - pressed;
  return { x: neighbour.x + distance * Math.cos(angle), y: neighbour.y + distance * Math.sin(angle) };
}

/** How far two outlines overlap on the line between their centres, px; −∞ where they are far apart. */
function overlap(a: Cell, b: Cell): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const far = 2 * (a.size + b.size);
  if (Math.abs(dx) > far || Math.abs(dy) > far) return -Infinity;
  const angle = Math.atan2(dy, dx);
  return radiusAt(a.radii, angle) + radiusAt(b.radii, angle + Math.PI) - Math.hypot(dx, dy);
}

function radiusAt(radii: Float32Array, angle: number): number {
  const position = (angle / (2 * Math.PI)) * ANGLES + 2 * ANGLES;
  const k = Math.floor(position);
  const t = position - k;
  return (1 - t) * radii[k % ANGLES] + t * radii[(k + 1) % ANGLES];
}

/**
 * Gives every pixel to the cell that it lies deepest in, measured as the part of the radius, and keeps how
 * far the outline and the border with the next cell are. Cell k of the list has the label k + 1.
 */
export function cellField(width: number, height: number, cells: readonly Cell[]): CellField {
  const labels = new Int32Array(width * height);
  const outline = new Float32Array(width * height).fill(-REACH);
  const contact = new Float32Array(width * height).fill(REACH);
  const nearest = new Float32Array(width * height).fill(Infinity);
  const second = new Float32Array(width * height).fill(Infinity);
  for (let c = 0; c < cells.length; c++) {
    const { x: cx, y: cy, radii } = cells[c];
    const reach = radii.reduce((most, radius) => Math.max(most, radius), 0) + REACH;
    const right = Math.min(width - 1, Math.floor(cx + reach));
    const bottom = Math.min(height - 1, Math.floor(cy + reach));
    for (let y = Math.max(0, Math.ceil(cy - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.ceil(cx - reach)); x <= right; x++) {
        const distance = Math.sqrt((x - cx) ** 2 + (y - cy) ** 2);
        if (distance > reach) continue;
        const radius = radiusAt(radii, Math.atan2(y - cy, x - cx));
        const depth = distance / radius;
        const i = y * width + x;
        if (depth < nearest[i]) {
          second[i] = nearest[i];
          nearest[i] = depth;
          outline[i] = Math.max(radius - distance, -REACH);
          if (depth < 1) labels[i] = c + 1;
        } else if (depth < second[i]) {
          second[i] = depth;
        } else {
          continue;
        }
        contact[i] = Math.min(REACH, ((second[i] - nearest[i]) * radius) / 2);
      }
    }
  }
  return { labels, outline, contact };
}
