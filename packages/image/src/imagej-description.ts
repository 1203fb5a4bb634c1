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
    ...{ channels, frames, unit: lines.get("unit"), ...(spacing > 0 && { spacing }) },
  };
}
