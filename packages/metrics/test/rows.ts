import type { Image, LabelImage } from "@unet/image";

/** Labels from rows of digits; `x` is ignored. */
export function labels(...rows: string[]): LabelImage {
  const data = Int32Array.from(rows.join(""), (digit) => (digit === "x" ? -1 : Number(digit)));
  return { width: rows[0].length, height: rows.length, data };
}

/** Probabilities from rows of digits, tenths. */
export function tenths(...rows: string[]): Image<Float32Array> {
  const data = Float32Array.from(rows.join(""), (digit) => Number(digit) / 10);
  return { width: rows[0].length, height: rows.length, channels: 1, data };
}
