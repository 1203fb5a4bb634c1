import type { DataSource } from "@unet/datasets";
import type { Sample } from "@unet/image";

/** Anything that hands out samples by number: every data set of `@unet/datasets`, or an object of your own. */
export interface Samples {
  readonly length: number;
  /** How `openDataset` opens the same samples again; a run is resumed with it. */
  readonly source?: DataSource;
  get(index: number): Sample | Promise<Sample>;
}
