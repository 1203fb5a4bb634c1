import type { ImageSource } from "@unet/image";

/**
 * A folder of files, wherever it is: on disk (`nodeFolder` of `@unet/datasets/node`), chosen by a person in
 * a browser ({@link filesFolder}, {@link directoryFolder}), on a server ({@link urlFolder}), or anything else that can do these two things.
 */
export interface Folder {
  /** What a person calls it, for messages. */
  readonly path: string;
  /** The paths of all files in it and below, relative to it, with "/" between their parts. */
  list(): Promise<string[]>;
  /** One of those files, as what `readImage` takes. */
  read(file: string): Promise<ImageSource>;
}

/** Sorts file names as people do: "t9" before "t10". */
export function naturalOrder(names: Iterable<string>): string[] {
  return [...names].sort(collator.compare);
}

const collator = new Intl.Collator("en", { numeric: true });
