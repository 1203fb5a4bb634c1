import type { Image, LabelImage } from "@unet/image";

/** What thresholding by Otsu's method (1979) and connected components make of an image. */
export function thresholdBaseline(image: Image, truth: LabelImage, foreground: "bright" | "dark") {
  const threshold = otsu(image.data);
  const mask = Uint8Array.from(image.data, (v) =>
    Number(foreground === "bright" ? v > threshold : v <= threshold),
  );
  return { iou: iou(mask, truth.data), seg: seg(components(mask, image.width, image.height), truth.data) };
}

/** The part of the cells that touch another one (8-adjacent pixels). */
export function touchingFraction({ width, height, data }: LabelImage): number {
  const all = new Set<number>();
  const touching = new Set<number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = data[y * width + x];
      if (label === 0) continue;
      all.add(label);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const other = data[v * width + u];
          if (other > 0 && other !== label) touching.add(label);
        }
      }
    }
  }
  return touching.size / all.size;
}

/** 4-connected components of a mask, numbered from 1. */
export function components(mask: ArrayLike<number>, width: number, height: number): Int32Array {
  const labels = new Int32Array(width * height);
  const stack: number[] = [];
  let count = 0;
  for (let start = 0; start < labels.length; start++) {
    if (mask[start] === 0 || labels[start] > 0) continue;
    labels[start] = ++count;
    stack.push(start);
    while (stack.length > 0) {
      const i = stack.pop()!;
      const x = i % width;
      for (const [next, inside] of [
        [i - 1, x > 0],
        [i + 1, x < width - 1],
        [i - width, i >= width],
        [i + width, i + width < labels.length],
      ] as const) {
        if (inside && mask[next] === mask[start] && labels[next] === 0) {
          labels[next] = count;
          stack.push(next);
        }
      }
    }
  }
  return labels;
}

function otsu(data: ArrayLike<number>): number {
  const histogram = new Float64Array(256);
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    histogram[data[i]]++;
    sum += data[i];
  }
  let [best, threshold, below, sumBelow] = [-1, 0, 0, 0];
  for (let t = 0; t < 255; t++) {
    below += histogram[t];
    sumBelow += t * histogram[t];
    const above = data.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (sum - sumBelow) / above) ** 2;
    if (between > best) [best, threshold] = [between, t];
  }
  return threshold;
}

function iou(mask: Uint8Array, truth: Int32Array): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    both += Number(mask[i] === 1 && truth[i] > 0);
    either += Number(mask[i] === 1 || truth[i] > 0);
  }
  return both / either;
}

/** The Cell Tracking Challenge's SEG: mean Jaccard index over the true cells, 0 where less than half is found. */
function seg(prediction: Int32Array, truth: Int32Array): number {
  const sizes = new Map<number, number>();
  const found = new Map<number, number>();
  const overlaps = new Map<string, number>();
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [prediction[i], truth[i]];
    if (t > 0) sizes.set(t, (sizes.get(t) ?? 0) + 1);
    if (p > 0) found.set(p, (found.get(p) ?? 0) + 1);
    if (t > 0 && p > 0) overlaps.set(`${t} ${p}`, (overlaps.get(`${t} ${p}`) ?? 0) + 1);
  }
  let total = 0;
  for (const [pair, overlap] of overlaps) {
    const [t, p] = pair.split(" ").map(Number);
    if (overlap > sizes.get(t)! / 2) total += overlap / (sizes.get(t)! + found.get(p)! - overlap);
  }
  return total / sizes.size;
}
