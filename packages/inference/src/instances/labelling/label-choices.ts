import type { Image, LabelImage, Rect } from "@unet/image";
import type { WatershedOptions } from "../splitting/split-object.js";
import type { ComponentOptions } from "./component-runs.js";

/** The choices of `labelSteps`, all made. */
export interface LabelChoices extends ComponentOptions {
  minimumSize: number;
  watershed: WatershedOptions | undefined;
  /** Rows that are looked at together. */
  rows: number;
  /** Bytes that splitting one object may take; split objects that wait for their last row may take half of them. */
  memory: number;
}

/** What `labelSteps` asks for: that the scores of a part of the image are read, or labels of `count` objects written. */
type LabelStep = { read: Rect } | { write: Rect; labels: LabelImage; scores: Image; count: number };

/** Steps of which each `read` is answered with the scores, by `next(scores)`, and each `write` by `next()`. */
export type LabelSteps<Result> = Generator<LabelStep, Result, Image | undefined>;

/** Asks for the scores of a part. */
export function* readScores(part: Rect): LabelSteps<Image> {
  const scores = yield { read: part };
  if (!scores) throw new TypeError("labelSteps: a read must be answered with the scores");
  return scores;
}
