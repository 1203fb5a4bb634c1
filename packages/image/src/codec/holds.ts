/**
 * What the numbers in a file mean, where the file says so: `unet predict` notes it in the files that it writes.
 */
export type Holds = "probabilities" | "labels";

/** The key of that note, in a line of a TIFF's description and as the keyword of a PNG's text chunk. */
export const HOLDS = "unet.holds";

/** What a TIFF's description says that the file holds. */
export function holdsOf(description: string): Holds | undefined {
  const [, found] = /^unet\.holds=(probabilities|labels)\s*$/m.exec(description) ?? [];
  return found as Holds | undefined;
}
