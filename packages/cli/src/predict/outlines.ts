import { writeWhole } from "@unet/image/node";
import type { WindowedSource } from "@unet/inference";
import { imagejRoi, type RoiOptions, roiZip } from "@unet/inference/imagej";
import { type InstanceOutliner, instanceOutliner } from "@unet/inference/instances";
import type { Input } from "./inputs.js";

/** Where the outlines of an input's objects go. */
export interface OutlineTargets {
  geojson?: string;
  /** Regions for ImageJ. */
  rois?: string;
}

/** Collects the outlines of the objects of one input, and writes them. */
export function outlineWriter(
  input: Pick<Input, "length" | "slices" | "frames">,
  { geojson, rois }: OutlineTargets,
) {
  const texts: string[] = [];
  const regions = new Map<string, Uint8Array>();
  const isStack = input.length > 1;

  /** Takes the labels of one page, from top to bottom, where outlines are wanted. */
  const ofPage = (page: number, image: WindowedSource): InstanceOutliner | undefined => {
    if (geojson === undefined && rois === undefined) return undefined;
    const found: Array<{ id: number; text?: string; roi?: Uint8Array }> = [];
    const place = placeIn(input, page, image.channels);
    const nameOf = (id: number) => (isStack ? `${String(page + 1).padStart(4, "0")}-${id}` : String(id));
    const outliner = instanceOutliner(image, ({ properties, ...feature }) => {
      const { id } = feature;
      const said = { ...feature, properties: { ...properties, ...(isStack && { page }) } };
      found.push({
        id,
        text: geojson === undefined ? undefined : JSON.stringify(said),
        roi: rois === undefined ? undefined : imagejRoi(feature, { name: nameOf(id), ...place }),
      });
    });
    return {
      write: outliner.write,
      end() {
        outliner.end();
        // They come where they end, from top to bottom.
        for (const { id, text, roi } of found.sort((a, b) => a.id - b.id)) {
          if (text !== undefined) texts.push(text);
          if (roi !== undefined) regions.set(nameOf(id), roi);
        }
      },
    };
  };

  return {
    ofPage,
    /** After the last page. */
    async end(): Promise<void> {
      if (geojson !== undefined) await writeWhole(geojson, collection(texts));
      if (rois !== undefined) await writeWhole(rois, [roiZip(regions)]);
    },
  };
}

/**
 * Where ImageJ shows a page: it counts the images of a stack, but depth and time apart where there are both, or channels
 * besides; three channels are taken as colours, which are none to it.
 */
function placeIn(
  { length, slices, frames }: Pick<Input, "length" | "slices" | "frames">,
  page: number,
  channels: number,
): RoiOptions {
  if (length === 1) return {};
  const isHyperstack = (slices > 1 && frames > 1) || (channels !== 1 && channels !== 3);
  if (!isHyperstack) return { position: page + 1 };
  return { slice: (page % slices) + 1, frame: Math.floor(page / slices) + 1 };
}

function* collection(features: string[]): Generator<string> {
  yield '{"type":"FeatureCollection","features":[';
  for (const [i, text] of features.entries()) yield i === 0 ? text : `,\n${text}`;
  yield "]}\n";
}
