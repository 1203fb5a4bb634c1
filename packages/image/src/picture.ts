/**
 * Pictures for people: grey values, maps and labels as 8-bit RGB images, ready for `encodePng`.
 *
 * @module
 */
export { type Colour, colourLabels } from "./colour-labels.js";
export { drawOverlay, type OverlayOptions } from "./draw-overlay.js";
export { toGrey } from "./grey.js";
export { heatMap } from "./heat-map.js";
export type { Levels } from "./levels.js";
export { montage } from "./montage.js";
export { drawOutlines } from "./outlines.js";
