import type { Image, Rect } from "@unet/image";
import { channelOf } from "../labelling/channel.js";
import type { ComponentOptions } from "../labelling/component-runs.js";
import type { Objects } from "../labelling/component-table.js";
import { distanceToBackground } from "./distance-to-background.js";
import { maskOfObject } from "./mask-of-object.js";
import { type ObjectParts, splitByWatershed } from "./watershed.js";

/** How joined objects are split. */
export interface WatershedOptions {
  /** Split at narrow places (`"distance"` to the nearest pixel outside the object, default) or at low `"scores"`. */
  on?: "distance" | "scores";
  /** How far both parts must rise above the saddle between them. Default 1 px of distance, 0.1 of score. */
  depth?: number;
}

/** Bytes that splitting takes for each pixel of an object's box, with a channel or two of scores. */
export const SPLIT_BYTES = 64;

/** The box of an object with a border of one pixel, as far as the image goes: all that splitting it depends on. */
export function boxOf({ boxes }: Objects, object: number, width: number, height: number): Rect {
  const [, left, top, right, bottom] = boxes.subarray(5 * object, 5 * object + 5);
  const x = Math.max(left - 1, 0);
  const y = Math.max(top - 1, 0);
  return { x, y, width: Math.min(right + 2, width) - x, height: Math.min(bottom + 2, height) - y };
}

/**
 * Splits one object, seen through its own box: what else lies there plays no part.
 *
 * @param scores hold at least the box
 * @param box the box's place in `scores`
 * @param first the object's first pixel, from the box's corner
 */
export function splitObject(
  scores: Image,
  box: Rect,
  first: { x: number; y: number },
  options: ComponentOptions,
  { on = "distance", depth = on === "distance" ? 1 : 0.1 }: WatershedOptions,
): ObjectParts {
  const { width, height } = box;
  const mask = maskOfObject(scores, box, first.x, first.y, options);
  const heights =
    on === "distance" ? distanceToBackground(mask, width, height) : channelOf(scores, box, options.channel);
  return splitByWatershed(mask, width, height, heights, depth);
}
