/**
 * Objects as ImageJ's regions of interest, on typed arrays alone: no tfjs is loaded.
 *
 * @module
 */
export { imagejRoi, type RoiOptions } from "./imagej/imagej-roi.js";
export { roiZip } from "./imagej/roi-zip.js";
