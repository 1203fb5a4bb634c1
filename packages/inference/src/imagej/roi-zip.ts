import { type Zippable, zipSync } from "fflate";

/** The most files that a zip without extensions lists. */
const MOST_FILES = 65535;

/**
 * Regions of interest as the zip that ImageJ's ROI Manager opens and saves. The same regions give the same bytes.
 *
 * ```ts
 * const { features } = outlineInstances(labels);
 * const zip = roiZip(new Map(features.map((feature) => [String(feature.id), imagejRoi(feature)])));
 * ```
 *
 * @param rois what `imagejRoi` gives, by name
 * @throws RangeError where there are more than a zip can list, 65,535
 */
export function roiZip(rois: ReadonlyMap<string, Uint8Array>): Uint8Array {
  if (rois.size > MOST_FILES) {
    throw new RangeError(`roiZip: a zip lists at most ${MOST_FILES} regions, got ${rois.size}`);
  }
  const files: Zippable = {};
  for (const [name, bytes] of rois) files[`${name}.roi`] = bytes;
  // A zip's times begin here.
  return zipSync(files, { mtime: new Date(1980, 0, 1) });
}
