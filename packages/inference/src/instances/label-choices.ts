import type { Image, LabelImage, Rect } from "@unet/image";
import type { ComponentOptions } from "./component-runs.js";
import type { WatershedOptions } from "./split-object.js";

/** The choices of `labelSteps`, all made. */
export interface LabelChoices extends ComponentOptions {
  minimumSize: number;
  watershed: WatershedOptions | undefined;
  /** Rows that are looked at together. */
  rows: number;
  /** Bytes that splitting one object may take; split objects that wait for their last row may take half of them. */
  memory: number;
}

/** What `labelSteps` asks for: the scores of a part of the image, or that labels are taken. */
export type LabelStep = { read: Rect } | { write: Rect; labels: LabelImage; scores: Image };
