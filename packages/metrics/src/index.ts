export { otsuThreshold } from "./otsu-threshold.js";
export { dice, iou } from "./overlap.js";
export type { LabelImages } from "./pool.js";
export { type SegResult, segMeasure } from "./seg-measure.js";
