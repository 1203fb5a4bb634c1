/**
 * Pictures for people: grey values, maps and labels as 8-bit RGB images, ready for `encodePng`.
 *
 * @module
 */
export { type Colour, colourLabels } from "./picture/colour-labels.js";
export { drawOverlay, type OverlayOptions } from "./picture/draw-overlay.js";
export { toGrey } from "./picture/grey.js";
export { heatMap } from "./picture/heat-map.js";
export type { Levels } from "./picture/levels.js";
export { montage } from "./picture/montage.js";
export { drawOutlines } from "./picture/outlines.js";
