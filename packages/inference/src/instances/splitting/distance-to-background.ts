/**
 * The exact Euclidean distance of each pixel of `mask` to the nearest pixel outside it, px; pixels beyond
 * the image count as inside. Two passes of lower envelopes (Felzenszwalb and Huttenlocher 2012).
 */
export function distanceToBackground(mask: Uint8Array, width: number, height: number): Float32Array {
  const squared = new Float64Array(mask.length);
  for (let x = 0; x < width; x++) {
    let above = Number.POSITIVE_INFINITY;
    for (let y = 0, i = x; y < height; y++, i += width) {
      above = mask[i] ? above + 1 : 0;
      squared[i] = above ** 2;
    }
    let below = Number.POSITIVE_INFINITY;
    for (let y = height - 1, i = x + y * width; y >= 0; y--, i -= width) {
      below = mask[i] ? below + 1 : 0;
      squared[i] = Math.min(squared[i], below ** 2);
    }
  }
  const out = new Float32Array(mask.length);
  const columns = new Int32Array(width);
  const starts = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = squared.subarray(y * width, (y + 1) * width);
    let top = -1;
    for (let q = 0; q < width; q++) {
      if (row[q] === Number.POSITIVE_INFINITY) continue;
      let start = Number.NEGATIVE_INFINITY;
      while (top >= 0) {
        const p = columns[top];
        start = (row[q] + q * q - row[p] - p * p) / (2 * (q - p));
        if (start > starts[top]) break;
        top--;
      }
      top++;
      columns[top] = q;
      starts[top] = top === 0 ? Number.NEGATIVE_INFINITY : start;
    }
    for (let x = 0, k = 0; x < width; x++) {
      while (k < top && starts[k + 1] <= x) k++;
      out[y * width + x] =
        top < 0 ? Number.POSITIVE_INFINITY : Math.sqrt((x - columns[k]) ** 2 + row[columns[k]]);
    }
  }
  return out;
}
