import { IGNORE, type LabelImage } from "@unet/image";

/** How labels are shown over the image. */
export interface LabelLook {
  /** Opacity of the inside of objects, 0 … 1; their outlines are opaque. */
  fill: number;
  /** Objects whose outline is light and whose inside is denser. */
  selected: readonly number[];
}

/** A part of the picture: `size` × `size` samples, each 2^level px apart, from sample (x, y) on. */
export interface Part {
  level: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Labels as RGBA: each object in its colour with an outline inside it, background clear, unknown hatched. */
export function renderLabels(
  { width, height, data }: LabelImage,
  part: Part,
  { fill, selected }: LabelLook,
): Uint8ClampedArray<ArrayBuffer> {
  const step = 2 ** part.level;
  const out = new Uint8ClampedArray(4 * part.width * part.height);
  const pixels = new Uint32Array(out.buffer);
  const chosen = new Set(selected);
  const inside = Math.round(255 * fill);
  const dense = Math.round(255 * Math.min(1, fill + 0.25));
  for (let row = 0, i = 0; row < part.height; row++) {
    const y = Math.min((part.y + row) * step, height - 1);
    for (let column = 0; column < part.width; column++, i++) {
      const x = Math.min((part.x + column) * step, width - 1);
      const at = y * width + x;
      const label = data[at];
      if (label === 0) continue;
      if (label === IGNORE) {
        pixels[i] = (part.x + column + part.y + row) % 6 < 2 ? UNKNOWN : UNKNOWN_BETWEEN;
        continue;
      }
      const isEdge =
        x < step ||
        x + step >= width ||
        y < step ||
        y + step >= height ||
        data[at - step] !== label ||
        data[at + step] !== label ||
        data[at - step * width] !== label ||
        data[at + step * width] !== label;
      const isChosen = chosen.size > 0 && chosen.has(label);
      const colour = colourOf(label);
      pixels[i] = isEdge
        ? isChosen
          ? 0xffffffff
          : (0xff000000 | colour) >>> 0
        : (((isChosen ? dense : inside) << 24) | colour) >>> 0;
    }
  }
  return out;
}

const UNKNOWN = ((0xb0 << 24) >>> 0) | 0x808080;
const UNKNOWN_BETWEEN = ((0x50 << 24) >>> 0) | 0x404040;

const colours: number[] = [];

/** The colour of an object, as blue × 65536 + green × 256 + red. Hues lie a golden angle apart: neighbours differ. */
function colourOf(label: number): number {
  const known = colours[label % 4096];
  if (known !== undefined) return known;
  const hue = ((label % 4096) * 137.508) % 360;
  const lightness = [0.62, 0.55, 0.7][label % 3];
  const chroma = 0.9 * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  const colour = (channel(4) << 16) | (channel(8) << 8) | channel(0);
  colours[label % 4096] = colour;
  return colour;
}

/** The same for style sheets. */
export function cssColourOf(label: number): string {
  const colour = colourOf(label);
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${colour >> 16})`;
}
