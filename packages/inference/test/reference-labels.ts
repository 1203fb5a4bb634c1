import type { Image } from "@unet/image";

/** Naive counterparts of what `labelInstances` does, each on the image as a whole. */

const sides = [
  [0, -1],
  [-1, 0],
  [1, 0],
  [0, 1],
];
const corners = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
];

/** Connected pixels of a mask, numbered in raster order, by flooding from each pixel that has no number yet. */
export function flood(mask: boolean[], width: number, connectivity: 4 | 8): number[] {
  const height = mask.length / width;
  const out = mask.map(() => 0);
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || out[start]) continue;
    out[start] = ++count;
    for (const stack = [start]; stack.length > 0; ) {
      const i = stack.pop()!;
      for (const [dx, dy] of connectivity === 4 ? sides : [...sides, ...corners]) {
        const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy];
        const j = y * width + x;
        if (x < 0 || y < 0 || x >= width || y >= height || !mask[j] || out[j]) continue;
        out[j] = count;
        stack.push(j);
      }
    }
  }
  return out;
}

/** Background pixels that can't be reached from the border become true. */
export function filled(mask: boolean[], width: number, connectivity: 4 | 8): boolean[] {
  const background = flood(
    mask.map((inside) => !inside),
    width,
    connectivity === 4 ? 8 : 4,
  );
  const reached = new Set(
    background.filter((_, i) => {
      const x = i % width;
      return x === 0 || x === width - 1 || i < width || i >= mask.length - width;
    }),
  );
  return mask.map((inside, i) => inside || !reached.has(background[i]));
}

/** Parts of at least so many pixels, numbered again in raster order. */
export function large(labels: number[], minimumSize: number): number[] {
  const areas = new Map<number, number>();
  for (const label of labels) areas.set(label, (areas.get(label) ?? 0) + 1);
  return renumbered(labels.map((label) => (areas.get(label)! >= minimumSize ? label : 0)));
}

function renumbered(labels: number[]): number[] {
  const numbers = new Map([[0, 0]]);
  return labels.map((label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}

/** To the nearest pixel of another label, by trying all. */
export function distances(labels: number[], width: number): number[] {
  return labels.map((label, i) => {
    let least = Number.POSITIVE_INFINITY;
    labels.forEach((other, j) => {
      if (other === label) return;
      const [dx, dy] = [(i % width) - (j % width), Math.floor(i / width) - Math.floor(j / width)];
      least = Math.min(least, Math.hypot(dx, dy));
    });
    return Math.fround(least);
  });
}

/** Watershed by dynamics of each label, on the image as a whole, renaming all pixels of a basin that is taken in. */
export function watershed(labels: number[], heights: number[], width: number, depth: number): number[] {
  const height = labels.length / width;
  const order = [...labels.keys()].filter((i) => labels[i] > 0);
  order.sort((a, b) => heights[b] - heights[a] || a - b);
  const peaks = labels.map(() => -1);
  for (const i of order) {
    const around: number[] = [];
    for (let y = -1; y <= 1; y++) {
      for (let x = -1; x <= 1; x++) {
        const [u, v] = [(i % width) + x, Math.floor(i / width) + y];
        const j = v * width + u;
        if (u >= 0 && v >= 0 && u < width && v < height && labels[j] === labels[i] && peaks[j] >= 0)
          around.push(j);
      }
    }
    const slope = (j: number) => {
      const diagonal = j % width !== i % width && Math.floor(j / width) !== Math.floor(i / width);
      return (heights[j] - heights[i]) / (diagonal ? Math.SQRT2 : 1);
    };
    let steepest = -1;
    for (const j of around) {
      if (steepest >= 0 && peaks[steepest] !== peaks[j]) {
        const [high, low] = [peaks[steepest], peaks[j]].sort((a, b) => heights[b] - heights[a] || a - b);
        if (heights[low] - heights[i] < depth) {
          peaks.forEach((peak, k) => {
            if (peak === low) peaks[k] = high;
          });
        }
      }
      if (steepest < 0 || slope(j) > slope(steepest)) steepest = j;
    }
    peaks[i] = steepest < 0 ? i : peaks[steepest];
  }
  return renumbered(peaks.map((peak) => peak + 1));
}

/** Which pixels of the image's first channel are in objects. */
export function inside({ data }: Image, threshold: number): boolean[] {
  return Array.from(data, (value) => value >= threshold);
}
