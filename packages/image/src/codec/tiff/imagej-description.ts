import { HOLDS, type Holds } from "../holds.js";
import { type PixelSize, unitSymbol } from "../pixel-size.js";

/** What ImageJ writes into a TIFF's description, as far as it says what the pages are. */
export interface ImageJDescription {
  readonly images: number;
  readonly channels: number;
  readonly slices: number;
  readonly frames: number;
  /** Of the pixel's sides, and of `spacing`. */
  readonly unit?: string;
  /** Between slices. */
  readonly spacing?: number;
}

/** Reads a description that begins with `ImageJ=`; `undefined` for others. */
export function parseImageJ(text: string): ImageJDescription | undefined {
  if (!/^(?:ImageJ|SCIFIO)=/.test(text)) return undefined;
  const lines = new Map<string, string>();
  for (const line of text.split(/[\r\n\0]+/)) {
    const at = line.indexOf("=");
    if (at > 0) lines.set(line.slice(0, at), line.slice(at + 1));
  }
  const count = (name: string) => {
    const number = Number(lines.get(name));
    return Number.isInteger(number) && number >= 1 ? number : undefined;
  };
  const [images, channels = 1, frames = 1] = [count("images"), count("channels"), count("frames")];
  const spacing = Number(lines.get("spacing"));
  return {
    // Planes along no axis that is named are slices.
    images: images ?? channels * (count("slices") ?? 1) * frames,
    slices: count("slices") ?? Math.max(1, Math.floor((images ?? 1) / (channels * frames))),
    channels,
    frames,
    unit: lines.get("unit"),
    ...(spacing > 0 && { spacing }),
  };
}

/**
 * The description of pages that lie one behind the other, channels first, then slices, then frames, as ImageJ writes
 * it, with what the values are; `undefined` for one page of which there is nothing to say.
 */
export function imageJDescription(
  { channels, slices, frames }: { channels: number; slices: number; frames: number },
  { pixelSize, holds }: { pixelSize?: PixelSize; holds?: Holds } = {},
): string | undefined {
  const images = channels * slices * frames;
  if (images === 1 && !pixelSize && !holds) return undefined;
  const lines = ["ImageJ=1.54f"];
  if (images > 1) lines.push(`images=${images}`);
  if (channels > 1) lines.push(`channels=${channels}`);
  if (slices > 1) lines.push(`slices=${slices}`);
  if (frames > 1) lines.push(`frames=${frames}`);
  if (Number(channels > 1) + Number(slices > 1) + Number(frames > 1) > 1) lines.push("hyperstack=true");
  if (channels > 1) lines.push("mode=grayscale");
  if (pixelSize) {
    lines.push(`unit=${asciiUnit(pixelSize.unit)}`);
    if (pixelSize.z !== undefined) lines.push(`spacing=${pixelSize.z}`);
  }
  if (images > 1) lines.push("loop=false");
  if (holds) lines.push(`${HOLDS}=${holds}`);
  return `${lines.join("\n")}\n`;
}

/** ImageJ's own words for units whose symbols ASCII lacks. */
function asciiUnit(unit: string): string {
  const symbol = unitSymbol(unit);
  return { µm: "micron", Å: "angstrom" }[symbol] ?? symbol.replace(/[^\x20-\x7e]/g, "?");
}
