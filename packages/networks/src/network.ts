/** A trained network: what it is, and where its weights lie. */
export interface Network {
  readonly name: string;
  readonly card: NetworkCard;
  /** The file of its weights, beside the code: of Node a file, in a page an address. */
  readonly weights: URL;
}

/** A measure on images that a network was not trained on, and the interval of 95 % over such images. */
export interface Score {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What is known of a network: plain JSON, which is in the model's metadata, too. */
export interface NetworkCard {
  readonly name: string;
  /** What it finds, in a line. */
  readonly about: string;
  /** The images that it is for. */
  readonly expects: { readonly channels: number; readonly image: string; readonly scale: string };
  /** What it was trained on, and under which licence that is published. */
  readonly data: { readonly name: string; readonly source: string; readonly licence: string };
  /** What it is not for. */
  readonly notFor: readonly string[];
  /** How `pnpm networks NAME` made it. */
  readonly trained: {
    readonly command: string;
    readonly images: number;
    readonly steps: number;
    readonly minutes?: number;
    readonly seed: number;
    readonly backend: string;
    readonly machine: string;
  };
  /** How its scores become objects: a `Task` of `@unet/inference`. */
  readonly task: object;
  readonly network: { readonly parameters: number; readonly filters: number; readonly depth: number };
  /** What it reaches on images that it has not seen, by name of the measure. */
  readonly scores: {
    readonly images: number;
    readonly of: string;
    readonly measures: Readonly<Record<string, Score>>;
  };
  /** What storing the weights in 16 bits costs of a score, at most. */
  readonly float16: { readonly lost: number; readonly of: string };
  /** The file of the weights. */
  readonly file: { readonly bytes: number; readonly checksum: string };
}
