/** What the numbers of a file are, where it says so itself: `unet predict` writes it down. */
export type Holds = "probabilities" | "labels";

/** Stands before it, in a line of a TIFF's description and as the keyword of a PNG's text. */
export const HOLDS = "unet.holds";

/** What a TIFF's description says that the file holds. */
export function holdsOf(description: string): Holds | undefined {
  const [, found] = /^unet\.holds=(probabilities|labels)\s*$/m.exec(description) ?? [];
  return found as Holds | undefined;
}
